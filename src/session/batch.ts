/** Filters in one SUBSCRIBE or UNSUBSCRIBE: there are brokers that take no more. */
export const BATCH = 8;

export function batchesOf<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let i = 0; i < items.length; i += BATCH) batches.push(items.slice(i, i + BATCH));
  return batches;
}
