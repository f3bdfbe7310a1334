import {
  carriers,
  type PartOfUpdate,
  type WholeUpdate,
} from "../../../analysis/geometry/whole/wholeUpdate.js";
import { percent } from "./sentenceNumbers.js";

/** The whole update as the subject of a sentence. */
export const wholeSubject = "update of the whole model";

/** Says what of a run with many adapters is judged, and where most of it lies. */
export function judgedSentence(whole: WholeUpdate): string {
  const share = (part: { readonly name: string; readonly share: number }): string =>
    `${part.name} ${percent(100 * part.share)}`;
  return (
    `What is judged is ${whole.name} as one vector. Of its square at step ${whole.steps.at(-1) ?? NaN}: ` +
    `${whole.blocks.map(share).join(", ")}; the most in ${carriers(whole, 3).map(share).join(", ")}.`
  );
}

/** Difference of bends, in degrees, below which parts are said to bend alike. */
const alike = 10;

/** Says in which parts the whole update bends most and least; null where no bend can be measured. */
export function whereSentence({ blocks, bendWindow }: WholeUpdate): string | null {
  const bent = blocks
    .flatMap(({ name, bend }) => (bend === null ? [] : [{ name, ...bend }]))
    .toSorted((one, other) => other.value - one.value);
  const [most, least] = [bent[0], bent.at(-1)];
  if (most === undefined || least === undefined) return null;
  const measured = `over ${bendWindow} steps to either side (measured, not tested)`;
  if (most.value - least.value < alike)
    return `Its parts bend alike, by ${degrees(most)} at the most, ${measured}: ${most.name} at step ${most.step}.`;
  return `It bends most in its ${place(most)} and least in its ${place(least)}, ${measured}.`;
}

interface Bent extends Pick<PartOfUpdate, "name"> {
  readonly step: number;
  readonly value: number;
}

function place(part: Bent): string {
  return `${part.name} (${degrees(part)} at step ${part.step})`;
}

function degrees({ value }: Bent): string {
  return `${value.toFixed(0)}°`;
}
