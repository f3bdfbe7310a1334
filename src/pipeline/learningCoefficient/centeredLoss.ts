import type { LossAndGradient } from "../../analysis/learningCoefficient/localLearningCoefficient.js";
import type { Random } from "../../tensor/random.js";
import type { PartGradients } from "../../train/partGradients.js";
import type { ParameterValues } from "../../train/trainables/trainable.js";
import { fromUnits, gradientInUnits, inUnits, type FactorUnit } from "./adapterUnits.js";

/** Bytes up to which gradients of parts at the center are kept; those of further parts are computed each time. */
const byteLimit = 2 ** 30;

/** What a part adds to the loss at the center, and to its gradient. */
interface CenterPart {
  readonly loss: number;
  readonly gradient: Float64Array;
}

/**
 * Loss around an adapter from one part of the data at a time, by what the part says of the difference to the center: loss and
 * gradient of all data are known there, and those of the part there are taken off, of its loss with what its slope
 * makes of the way. So the estimates have no bias, are exact at the center, and are the less noisy the closer to it.
 */
export class CenteredLoss {
  readonly center: Float64Array;
  readonly #parts: PartGradients;
  readonly #units: readonly FactorUnit[];
  readonly #values: ParameterValues;
  readonly #onEvaluation: () => void;
  readonly #kept = new Map<number, CenterPart>();
  #whole: LossAndGradient | undefined;

  /** @param onEvaluation is called before each part that is computed; what it throws ends the work */
  constructor(
    parts: PartGradients,
    units: readonly FactorUnit[],
    values: ParameterValues,
    onEvaluation: () => void,
  ) {
    this.center = inUnits(values, units);
    this.#parts = parts;
    this.#units = units;
    this.#values = values;
    this.#onEvaluation = onEvaluation;
  }

  /** Number of parts. */
  get parts(): number {
    return this.#parts.count;
  }

  /** Loss and gradient of all data at the center. */
  async whole(): Promise<LossAndGradient> {
    if (this.#whole !== undefined) return this.#whole;
    let loss = 0;
    const gradient = new Float64Array(this.center.length);
    for (let part = 0; part < this.#parts.count; part++) {
      const own = await this.#atCenter(part);
      loss += own.loss;
      for (let index = 0; index < gradient.length; index++)
        gradient[index] = (gradient[index] ?? NaN) + (own.gradient[index] ?? NaN);
    }
    return (this.#whole = { loss, gradient });
  }

  /** Estimates loss and gradient of all data at a place, as a mean over some parts that are drawn. */
  async over(draws: number, place: Float64Array, random: Random): Promise<LossAndGradient> {
    let loss = 0;
    const gradient = new Float64Array(place.length);
    for (let draw = 0; draw < draws; draw++) {
      const own = await this.at(place, random.fork(draw));
      loss += own.loss / draws;
      for (let index = 0; index < gradient.length; index++)
        gradient[index] = (gradient[index] ?? NaN) + (own.gradient[index] ?? NaN) / draws;
    }
    return { loss, gradient };
  }

  /** Estimates loss and gradient of all data at a place from a part that is drawn. */
  async at(place: Float64Array, random: Random): Promise<LossAndGradient> {
    const whole = await this.whole();
    const { count } = this.#parts;
    const part = count === 1 ? 0 : random.integer(count);
    const before = await this.#atCenter(part);
    const now = await this.#partAt(place, part);
    let slope = 0;
    for (let index = 0; index < place.length; index++) {
      const difference = (whole.gradient[index] ?? NaN) - count * (before.gradient[index] ?? NaN);
      slope += difference * ((place[index] ?? NaN) - (this.center[index] ?? NaN));
    }
    return {
      loss: whole.loss + count * (now.loss - before.loss) + slope,
      gradient: now.gradient.map(
        (value, index) => (whole.gradient[index] ?? NaN) + count * (value - (before.gradient[index] ?? NaN)),
      ),
    };
  }

  async #atCenter(part: number): Promise<CenterPart> {
    const known = this.#kept.get(part);
    if (known !== undefined) return known;
    const found = await this.#partAt(this.center, part);
    if ((this.#kept.size + 1) * found.gradient.byteLength <= byteLimit) this.#kept.set(part, found);
    return found;
  }

  async #partAt(place: Float64Array, part: number): Promise<CenterPart> {
    this.#onEvaluation();
    const { loss, gradients } = await this.#parts.at(fromUnits(place, this.#units, this.#values), part);
    return { loss, gradient: gradientInUnits(gradients, this.#units) };
  }
}
