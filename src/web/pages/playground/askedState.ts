import type { PlaygroundQuestion, ServedPlayground } from "../../../server/schemas/playground.js";
import type { SweepQuestion } from "../../../server/schemas/playgroundSweep.js";
import { signed } from "../../parts/numberWords.js";
import type { playgroundFields } from "../../state/playgroundFields.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { steeringWords } from "./steeringControl.js";

/** What the address says of the playground. */
export type State = UrlStateOf<typeof playgroundFields>;

/** Most answers in a column. */
export const mostAnswers = 96;

/** Number of answers in each column, within bounds: an address may say anything. */
export function countOf({ answers }: State): number {
  return Math.min(mostAnswers, Math.max(1, Math.round(answers)));
}

/** Question of an address, as the server takes it. */
export function questionOf(
  state: State,
  asked: Pick<PlaygroundQuestion, "question" | "withBase"> & { readonly step: number },
): PlaygroundQuestion {
  const steering = steeringOf(state);
  return {
    ...asked,
    ...samplingOf(state),
    answers: countOf(state),
    ...(steering === null ? {} : { steering: { ...steering, strength: state.strength } }),
  };
}

/** Sweep that an address asks for, as the server takes it; null where it is over strengths and there is no direction. */
export function sweepOf(
  state: State,
  asked: Pick<SweepQuestion, "step" | "answers" | "strengths">,
): SweepQuestion | null {
  const { over } = state;
  if (over === "factor") return { ...asked, ...samplingOf(state), over };
  const steering = steeringOf(state);
  return steering === null ? null : { ...asked, ...samplingOf(state), over, steering };
}

function samplingOf({
  scale,
  temperature,
  seed,
  longest,
}: State): Pick<SweepQuestion, "scale" | "temperature" | "seed" | "longest"> {
  return { scale, temperature, seed, ...(longest === null ? {} : { longest }) };
}

function steeringOf({
  direction,
  edit,
  layer,
  measuredAt,
}: State): NonNullable<SweepQuestion["steering"]> | null {
  if (direction === null) return null;
  return {
    direction,
    kind: edit,
    ...(layer === null ? {} : { layer }),
    ...(measuredAt === null ? {} : { step: measuredAt }),
  };
}

/** State of the model in words, such as "step 81, × 2, + 1.5 × misalignment direction", or "base model" at factor 0 */
export function stateWords(
  { scale, direction, edit, strength }: State,
  step: number,
  { directions }: ServedPlayground,
): string {
  const isKnown = directions.some(({ id }) => id === direction);
  const factor = scale === 1 ? [] : [`× ${signed(String(scale))}`];
  return [
    ...(scale === 0 ? ["base model"] : [`step ${step}`, ...factor]),
    ...(direction !== null && isKnown && (edit === "projectOut" || strength !== 0)
      ? [steeringWords(direction, { edit, strength })]
      : []),
  ].join(", ");
}
