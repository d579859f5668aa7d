/** What the gate imports, and mqtt311 does not bring. */
export const PACKAGES: readonly string[] = ['selfsigned@5', 'ws@8'];
