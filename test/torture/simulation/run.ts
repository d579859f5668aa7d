// Many simulations, one after the other, until one fails.
import { type Plan, planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { PROMISES } from './witness.ts';

export interface Finding {
  readonly seed: number;
  readonly complaint: string;
  readonly smallest: Plan;
  /** Of the smallest plan: all that happens, in words. */
  readonly trace: readonly string[];
}

export interface Summary {
  readonly finding: Finding | undefined;
  readonly simulations: number;
  readonly connections: number;
}

/** Simulates `count` seeds from `from`. Every thousandth is simulated twice, and has to be the same. */
export async function run(
  from: number,
  count: number,
  messages: number,
  progress: (simulations: number) => void = () => {},
): Promise<Summary> {
  let connections = 0;
  for (let simulations = 0; simulations < count; simulations++) {
    const seed = from + simulations;
    const plan = planOf(seed, messages);
    const outcome = await simulate(plan);
    connections += outcome.connections;
    const isSame = simulations % 1_000 > 0 || (await simulate(plan)).hash === outcome.hash;
    if (!isSame) throw new Error(`seed ${seed} is not the same twice: something is left to chance`);
    if (outcome.violation !== undefined)
      return { finding: await explain(plan), simulations: simulations + 1, connections };
    progress(simulations + 1);
  }
  return { finding: undefined, simulations: count, connections };
}

async function explain(plan: Plan): Promise<Finding> {
  const smallest = await shrink(plan);
  const { violation, trace, hash } = await simulate(smallest, true);
  const { letter, what } = violation!;
  const complaint = `(${letter}) ${PROMISES[letter]}: ${what} [trace ${hash}]`;
  return { seed: plan.seed, complaint, smallest, trace };
}
