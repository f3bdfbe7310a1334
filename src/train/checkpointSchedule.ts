import { TurncoatError } from "../errors.js";

/** The steps at which something is kept, as text: every step. */
export const everyStep = "every 1";

/** Steps of a schedule, apart from the first and the last, which are always kept. */
interface ScheduleParts {
  /** Divisors: a step is kept where one of them divides it. */
  readonly every: readonly number[];
  /** Ranges of steps, both ends kept. */
  readonly ranges: readonly (readonly [number, number])[];
}

/**
 * Makes the test of whether a step of a training is kept from a text such as `1-10, every 5, last`.
 *
 * A part is a step, a range of steps, `every N` (the steps divisible by N) or `last`. Step 0, from which training
 * starts, and the last step are kept whatever the text says: nobody trains to lose the result.
 * @throws TurncoatError naming the part that is none of these
 */
export function checkpointSchedule(text: string): (step: number, steps: number) => boolean {
  const { every, ranges } = partsOf(text);
  return (step, steps) =>
    step === 0 ||
    step === steps ||
    every.some((divisor) => step % divisor === 0) ||
    ranges.some(([first, last]) => step >= first && step <= last);
}

/** Lists the steps of a training that a schedule keeps, step 0 left out: where nothing has been trained yet. */
export function keptSteps(text: string, steps: number): number[] {
  const isKept = checkpointSchedule(text);
  return Array.from({ length: steps }, (_, index) => index + 1).filter((step) => isKept(step, steps));
}

function partsOf(text: string): ScheduleParts {
  const every: number[] = [];
  const ranges: (readonly [number, number])[] = [];
  for (const part of text.split(",").map((each) => each.trim())) {
    const divisor = /^every (\d{1,9})$/.exec(part)?.[1];
    const [, first, last = first] = /^(\d{1,9})(?:\s?[-–]\s?(\d{1,9}))?$/.exec(part) ?? [];
    if (divisor !== undefined && Number(divisor) > 0) every.push(Number(divisor));
    else if (first !== undefined && Number(last) >= Number(first)) ranges.push([Number(first), Number(last)]);
    else if (part !== "last") {
      throw new TurncoatError(
        `schedule of checkpoints: expected steps such as "1-10, every 5, last", found ${JSON.stringify(part)}`,
      );
    }
  }
  return { every, ranges };
}
