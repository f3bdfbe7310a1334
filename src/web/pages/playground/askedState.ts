import type { PlaygroundQuestion, ServedPlayground } from "../../../server/schemas/playground.js";
import type { SweepQuestion } from "../../../server/schemas/playgroundSweep.js";
import { signed } from "../../parts/numberWords.js";
import type { playgroundFields } from "../../state/playgroundFields.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { steeringWords } from "./steeringControl.js";

/** What the address says of the playground. */
export type State = UrlStateOf<typeof playgroundFields>;

/** Number of answers in each column, within bounds: an address may say anything. */
export function countOf({ answers }: State): number {
  return Math.min(8, Math.max(1, Math.round(answers)));
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

/** Sweep of the steering of an address, as the server takes it; null where there is no direction. */
export function sweepOf(
  state: State,
  asked: Pick<SweepQuestion, "step" | "answers" | "strengths">,
): SweepQuestion | null {
  const steering = steeringOf(state);
  return steering === null ? null : { ...asked, ...samplingOf(state), steering };
}

function samplingOf({
  scale,
  temperature,
  seed,
  longest,
}: State): Pick<SweepQuestion, "scale" | "temperature" | "seed" | "longest"> {
  return { scale, temperature, seed, ...(longest === null ? {} : { longest }) };
}

function steeringOf({ direction, edit, layer, measuredAt }: State): SweepQuestion["steering"] | null {
  if (direction === null) return null;
  return {
    direction,
    kind: edit,
    ...(layer === null ? {} : { layer }),
    ...(measuredAt === null ? {} : { step: measuredAt }),
  };
}

/** State of the model in words, such as "step 81, × 2, + 1.5 × misalignment direction" */
export function stateWords(
  { scale, direction, edit, strength }: State,
  step: number,
  { directions }: ServedPlayground,
): string {
  const isKnown = directions.some(({ id }) => id === direction);
  return [
    `step ${step}`,
    ...(scale === 1 ? [] : [`× ${signed(String(scale))}`]),
    ...(direction !== null && isKnown && (edit === "projectOut" || strength !== 0)
      ? [steeringWords(direction, { edit, strength })]
      : []),
  ].join(", ");
}
