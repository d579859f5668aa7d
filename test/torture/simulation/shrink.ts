// Makes a plan that fails small: leaves out what it does not need.
import type { Plan } from './plan.ts';
import { simulate } from './simulate.ts';

/** The smallest plan near this one that still breaks the same promise, found in at most `attempts` simulations. */
export async function shrink(plan: Plan, attempts = 1_000): Promise<Plan> {
  const letter = (await simulate(plan)).violation?.letter;
  let smallest = plan;
  let left = attempts;
  const stillFails = async (smaller: Plan) => {
    if (left === 0) return false;
    left -= 1;
    if ((await simulate(smaller)).violation?.letter !== letter) return false;
    smallest = smaller;
    return true;
  };
  for (let before = -1; before !== sizeOf(smallest) && left > 0; ) {
    before = sizeOf(smallest);
    for (const part of ['actions', 'faults'] as const) await leaveOut(part);
  }
  return smallest;

  // halves, quarters … and at last one by one
  async function leaveOut(part: 'actions' | 'faults'): Promise<void> {
    for (let size = smallest[part].length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < smallest[part].length; ) {
        const rest = [...smallest[part].slice(0, at), ...smallest[part].slice(at + size)];
        if (!(await stillFails({ ...smallest, [part]: rest }))) at += size;
      }
    }
  }
}

const sizeOf = ({ actions, faults }: Plan) => actions.length + faults.length;
