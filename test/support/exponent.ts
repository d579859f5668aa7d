// How time grows with the size of a task, measured.

/** The b of T(n) = a·nᵇ, by least squares over the logarithms. */
export function exponent(points: readonly (readonly [n: number, time: number])[]): number {
  const logs = points.map(([n, time]) => [Math.log(n), Math.log(time)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** CPU time: what other processes do does not count. */
function cpuTime(act: () => void): number {
  const before = process.cpuUsage().user;
  act();
  return Math.max(1, process.cpuUsage().user - before);
}

/** The exponent of `work` over `sizes`. A busy machine may spoil a measurement, but cannot make a slow thing fast. */
export function fitted(sizes: readonly number[], prepare: (size: number) => () => void): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && smallest > LINEAR; attempt++) {
    const points = sizes.map((size) => {
      const work = prepare(size);
      return [size, Math.min(...[1, 2, 3].map(() => cpuTime(work)))] as const;
    });
    smallest = Math.min(smallest, exponent(points));
  }
  return smallest;
}

/** A square would be 2. What outgrows the caches of a busy machine gets slower by the byte, and is linear for all that. */
export const LINEAR = 1.5;
