import type { Random } from "../../tensor/random.js";
import type { DirectionTrajectory } from "../geometry/trajectory.js";
import { smooth } from "../series/smooth.js";
import { stepSpacing, type StepSeries } from "../series/stepSeries.js";
import { residualBootstrap } from "../statistics/bootstrap.js";
import { bendAt } from "../transitions/rotation/straightPath.js";
import { narrowed } from "../transitions/rotation/pathNoise.js";
import { largestBend, pathWithMoreNoise, triplesOf } from "./bendNear.js";

/** Stored steps whose bends are drawn together. */
const chunk = 60;

/**
 * Draws of the local cosine of a path at its stored steps, without the noise that it was measured in, by half-window: the
 * path's noise is added once more, as for one bend (`bendNear`). Straight = −1.
 *
 * @returns `[resamples][nSteps]` of every half-window; NaN where a neighbour is missing
 */
export function localCosineDraws(
  path: DirectionTrajectory,
  windows: readonly number[],
  { resamples, random }: { readonly resamples: number; readonly random: Random },
): ReadonlyMap<number, readonly Float64Array[]> {
  const { steps } = path;
  const drawn = new Map(
    windows.map((k) => [
      k,
      Array.from({ length: resamples }, () => new Float64Array(steps.length).fill(NaN)),
    ]),
  );
  const largest = Math.max(...windows);
  for (let from = 0; from < steps.length; from += chunk) {
    const own = steps.slice(from, from + chunk);
    const middle = own[Math.floor(own.length / 2)] ?? NaN;
    const reach = Math.max(...own.map((step) => Math.abs(step - middle))) + largest;
    const near = narrowed(path, middle, reach);
    const observed = near.vectors.map((vector) => Float64Array.from(vector));
    const triples = new Map(windows.map((k) => [k, triplesOf(near.steps, own, k)]));
    const cosines = (vectors: readonly Float64Array[], k: number): number[] =>
      (triples.get(k) ?? []).map(
        ({ before, here, after }) => -Math.cos((bendAt(vectors, before, here, after) * Math.PI) / 180),
      );
    const known = new Map(windows.map((k) => [k, cosines(observed, k)]));
    const turn = largestBend(observed, triples.get(windows[0] ?? largest) ?? []).step;
    const noisier = pathWithMoreNoise(near, turn);
    for (let draw = 0; draw < resamples; draw++) {
      const noisy = noisier(random);
      for (const [k, draws] of drawn) {
        const row = draws[draw];
        if (row === undefined) continue;
        for (const [index, value] of cosines(noisy, k).entries()) {
          const reflected = 2 * (known.get(k)?.[index] ?? NaN) - value;
          row[from + index] = Math.min(1, Math.max(-1, reflected));
        }
      }
    }
  }
  return drawn;
}

/** Draws of a series: what a mean over seven values leaves is resampled in blocks. `[resamples][nSteps]` */
export function seriesDraws(
  series: StepSeries,
  { resamples, random }: { readonly resamples: number; readonly random: Random },
): readonly Float64Array[] {
  const { steps, values } = series;
  const curve = smooth(series, { method: "mean", window: 7 * stepSpacing(steps) });
  const defined = values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  const residuals = defined.map((index) => (values[index] ?? NaN) - (curve[index] ?? NaN));
  const { draw } = residualBootstrap(residuals, Math.round(defined.length / 7));
  return Array.from({ length: resamples }, () => {
    const row = Float64Array.from(values);
    const noise = draw(random);
    for (const [place, index] of defined.entries()) row[index] = (row[index] ?? NaN) - (noise[place] ?? NaN);
    return row;
  });
}
