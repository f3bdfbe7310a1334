import {
  detectors,
  type Detector,
  type DetectorContext,
  type Need,
  type TransitionVerdict,
} from "./detectors.js";

/**
 * Runs the detectors on a run, one adapter and one factor after another.
 *
 * @param isWanted leaves detectors out, for those of one adapter with its name. @default all are wanted
 */
export function verdictsOf(
  context: DetectorContext,
  isWanted: (detector: Detector, adapter: string | undefined) => boolean = () => true,
): TransitionVerdict[] {
  const needs = new Set(detectors.map((detector) => detector.needs));
  return [...needs].flatMap((need) =>
    partsOf(context, need).flatMap((part) => {
      const adapter = need === "adapter" ? part.directions[0]?.name : undefined;
      return detectors
        .filter((detector) => detector.needs === need && isWanted(detector, adapter))
        .flatMap((detector) => detector.detect(part));
    }),
  );
}

/** The parts of a run that are judged one by one: its adapters, or its factors; else the run itself. */
function partsOf(context: DetectorContext, need: Need): readonly DetectorContext[] {
  const { directions, scales } = context;
  if (need === "adapter" && directions.length > 0)
    return directions.map((direction) => ({ ...context, directions: [direction] }));
  if (need === "answers" && scales.length > 0)
    return scales.map((scale) => ({ ...context, scales: [scale] }));
  return [context];
}
