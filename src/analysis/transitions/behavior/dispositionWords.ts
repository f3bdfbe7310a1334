import { dispositionRise } from "./dispositionRise.js";
import { chanceWidth, type DispositionCurve } from "../../directions/disposition.js";

/** A share as percent with its sign where it is negative, such as "−4.0". */
export function percentWords(share: number): string {
  if (!Number.isFinite(share)) return "–";
  return (100 * share).toFixed(1).replace("-", "−");
}

/** What a disposition does in one or two sentences, without its control. */
export function dispositionWords(curve: DispositionCurve): string {
  const { direction, directionStep, layer, place, values, chance, steps, hasOrigin } = curve;
  const where = place === "last" ? "the last token of the prompt" : "the mean over the prompt";
  const [first = NaN, last = NaN] = [values[0], values.at(-1)];
  const band = chance.at(-1);
  const from = hasOrigin
    ? `${percentWords(first)} % to ${percentWords(last)} %`
    : `${percentWords(last - first)} %`;
  const moves = hasOrigin
    ? `Before the model speaks, ${where} goes from ${from} of the way from the aligned to the misaligned persona`
    : `Before the model speaks, ${where} moves by ${from} of the direction ${direction}`;
  const by =
    band === undefined
      ? ""
      : `; 95 % of directions drawn by chance move by less than ${percentWords(chanceWidth(band))} %`;
  const { transition, absent } = dispositionRise(curve);
  const verdict =
    transition === null
      ? absent.verdict === "doesNotTurn"
        ? `It does not turn: ${absent.reason}.`
        : `Whether it turns cannot be told: ${absent.reason}. To know, ${absent.remedy}.`
      : `It turns at step ${transition.step} [${transition.interval.join(", ")}].`;
  return (
    `${moves} (${direction} of step ${directionStep}, after layer ${layer}, from step ${steps[0] ?? NaN} to ${steps.at(-1) ?? NaN})${by}. ` +
    verdict
  );
}
