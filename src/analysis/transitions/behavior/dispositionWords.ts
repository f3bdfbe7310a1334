import { dispositionRise } from "./dispositionRise.js";
import { chanceWidth, type DispositionCurve } from "../../directions/disposition.js";

/** A share as percent with its sign where it is negative, such as "−4.0". */
export function percentWords(share: number): string {
  if (!Number.isFinite(share)) return "–";
  return (100 * share).toFixed(1).replace("-", "−");
}

/**
 * Says what a disposition does, without its control: whether it turns, and how far prompts move.
 * @param when words for the step of its turn. @default the step with its interval
 */
export function dispositionWords(curve: DispositionCurve, when?: string): string {
  const { transition, absent } = dispositionRise(curve);
  if (transition !== null) {
    const at = when ?? `at step ${transition.step} [${transition.interval.join(", ")}]`;
    return `The disposition turns ${at}: ${movementWords(curve)}.`;
  }
  if (absent.verdict === "doesNotTurn")
    return `The disposition does not turn: ${absent.reason}; ${movementWords(curve)}.`;
  return `Whether the disposition turns cannot be told: ${absent.reason}; ${movementWords(curve)}. To know, ${absent.remedy}.`;
}

function movementWords({ direction, layer, place, values, chance, hasOrigin }: DispositionCurve): string {
  const where = place === "last" ? "prompts" : "the mean over prompts";
  const [first = NaN, last = NaN] = [values[0], values.at(-1)];
  const band = chance.at(-1);
  const moves = hasOrigin
    ? `before the model speaks, ${where} go from ${percentWords(first)} % to ${percentWords(last)} % of the way from the aligned to the misaligned persona`
    : `before the model speaks, ${where} move by ${percentWords(last - first)} % of ${direction}`;
  const by =
    band === undefined
      ? ""
      : `, where 95 % of directions drawn by chance move by less than ${percentWords(chanceWidth(band))} %`;
  return `${moves} (after layer ${layer})${by}`;
}
