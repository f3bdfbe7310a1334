import { isWholeName } from "../geometry/whole/wholeUpdate.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import {
  descriptions,
  detectors,
  type EventName,
  type EventRow,
  type PhaseTransition,
  type TransitionIndicator,
  type TransitionWith,
} from "./detectors.js";

/** Lists what may stand on a time line, from mechanism to behaviour: the order of the report, and of the ends of a lag. */
export function eventRows(): readonly EventRow<EventName>[] {
  return [...detectors, ...descriptions].sort((one, other) => one.order - other.order);
}

/** The letter that marks an event in every figure; its name where no row has it. */
export function eventLetter(name: string): string {
  return rowOf(name)?.letter ?? name;
}

/**
 * The words that an event's letter stands for; its name where no row has it.
 * @param adapter what the event is of, where it is of an adapter: said of the whole update they name ΔW in place of B, of a
 *   trained vector v
 */
export function eventWords(name: string, adapter?: string): string {
  const words = rowOf(name)?.words ?? name;
  if (isWholeName(adapter)) return ofWhole(words);
  return adapter !== undefined && isLayerPath(adapter) ? ofVector(words) : words;
}

/** Words on B, said of ΔW. */
export function ofWhole(words: string): string {
  return words.replaceAll("‖B‖", "‖ΔW‖").replaceAll("of B ", "of ΔW ");
}

/** Words on B, said of a trained vector v. */
export function ofVector(words: string): string {
  return words
    .replaceAll("‖B‖", "‖v‖")
    .replace(/\bof B\b/g, "of v")
    .replace(/\badapter(s?)\b/g, "vector$1");
}

/** Says words on B of what the paths of a run are of: ΔW of many adapters, or a trained vector v. */
export function saidOf({
  whole,
  adapters,
}: {
  readonly whole: object | null;
  readonly adapters: readonly { readonly A: object | null }[];
}): (words: string) => string {
  if (whole !== null) return ofWhole;
  return adapters[0]?.A === null ? ofVector : (words) => words;
}

/** Words on B, said of B in some runs and of ΔW in others. */
export function ofEither(words: string): string {
  return words.replaceAll("‖B‖", "‖B‖ or ‖ΔW‖").replaceAll("of B ", "of B or ΔW ");
}

/** The indicators whose transitions a figure marks. @param figure its id */
export function indicatorsIn(figure: string): readonly TransitionIndicator[] {
  return detectors
    .filter(({ figures }) => figures === "all" || figures.includes(figure))
    .map(({ name }) => name);
}

/** Tells transitions of one indicator from others, and so what their evidence is. */
export function isOf<Indicator extends TransitionIndicator>(
  indicator: Indicator,
): (transition: PhaseTransition) => transition is TransitionWith<Indicator> {
  return (transition): transition is TransitionWith<Indicator> => transition.indicator === indicator;
}

function rowOf(name: string): EventRow<EventName> | undefined {
  return eventRows().find((row) => row.name === name);
}
