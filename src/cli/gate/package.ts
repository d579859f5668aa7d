/** What the gate imports, and mqtt311 does not bring. */
export const PACKAGES: readonly string[] = ['aedes@1', 'mqtt-packet@9', 'selfsigned@5', 'ws@8'];
