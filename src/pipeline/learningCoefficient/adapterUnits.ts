import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { missingStep, type Run } from "../../runs/openRun.js";
import type { PartGradients } from "../../train/partGradients.js";
import type { ParameterValues, Trainable } from "../../train/trainables/trainable.js";

/** Unit in which the entries of a trained factor are counted. */
export interface FactorUnit {
  readonly name: string;
  readonly unit: number;
}

/**
 * Finds the unit of each trained factor: the root mean square of its entries at a run's last checkpoint, so that 1 means a
 * change as large as all that became of it.
 *
 * @throws TurncoatError where a factor is 0 there, or not there
 */
export function adapterUnits(
  run: Run,
  trainable: Pick<Trainable, "read">,
  moved: PartGradients["moved"],
): FactorUnit[] {
  const last = run.checkpoints.at(-1);
  if (last === undefined) throw missingStep(run, 0);
  const values = trainable.read(last.path);
  return moved.map(({ name }) => {
    const own = values[name] ?? new Float32Array();
    const unit = euclideanNorm(own) / Math.sqrt(own.length);
    if (unit > 0) return { name, unit };
    throw new TurncoatError(
      `${last.path}: expected a trained ${name}, of which the unit is made, found ${own.length === 0 ? "none" : "only 0"}`,
      { hint: "Name with --units-of a run whose last adapter changes the model." },
    );
  });
}

/** Lays the trained factors out as one vector, counted in their units. */
export function inUnits(values: ParameterValues, units: readonly FactorUnit[]): Float64Array {
  return Float64Array.from(
    units.flatMap(({ name, unit }) => Array.from(values[name] ?? [], (value) => value / unit)),
  );
}

/** Gives the factors of a vector that is counted in units, over other values where they do not move. */
export function fromUnits(
  vector: Float64Array,
  units: readonly FactorUnit[],
  values: ParameterValues,
): ParameterValues {
  let at = 0;
  const moved = units.map(({ name, unit }): [string, Float32Array] => {
    const own = Float32Array.from(values[name] ?? [], () => unit * (vector[at++] ?? NaN));
    return [name, own];
  });
  return { ...values, ...Object.fromEntries(moved) };
}

/** Lays the gradients of the factors out as one vector, by their units. */
export function gradientInUnits(gradients: ParameterValues, units: readonly FactorUnit[]): Float64Array {
  return Float64Array.from(
    units.flatMap(({ name, unit }) => Array.from(gradients[name] ?? [], (value) => value * unit)),
  );
}
