import type { Prepared } from "./messages.js";

/** Least share of most-probable answers that are equal; rounding may decide between near-equal tokens. */
const equalAnswers = 0.98;

/**
 * Checks that two engines compute the same, over the replicas that both have.
 * @param tolerance largest relative difference of a loss or gradient norm
 * @throws Error naming the first number that differs
 */
export function checkAgreement(label: string, found: Prepared, expected: Prepared, tolerance: number): void {
  for (const kind of ["losses", "gradientNorms"] as const) {
    for (const [step, values] of (expected[kind] ?? []).entries()) {
      const others = found[kind]?.[step] ?? [];
      if (others.length === 0) throw new Error(`${label}: ${kind} of step ${step} are missing`);
      for (const [replica, value] of values.slice(0, others.length).entries()) {
        const other = others[replica] ?? NaN;
        if (Math.abs(other - value) <= tolerance * Math.abs(value)) continue;
        throw new Error(
          `${label}: ${kind} of step ${step}, replica ${replica}: expected ${value}, found ${other}`,
        );
      }
    }
  }
  if (expected.answers === undefined) return;
  const rows = expected.answers.length;
  const equal = expected.answers.filter((ids, row) => ids.join() === found.answers?.[row]?.join()).length;
  if (equal < equalAnswers * rows) {
    throw new Error(`${label}: expected the same most probable answers, found ${equal} of ${rows} equal`);
  }
}
