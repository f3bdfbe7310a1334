import type { ServedReport } from "../../../server/schemas/report.js";
import { element } from "../../parts/dom.js";
import { grouped } from "../../parts/numberWords.js";

/** Step of a training, and how many it was to train; null where either is not known. */
interface Trained {
  readonly step: number | null;
  readonly planned: number | null;
}

/** Says how far a training is, such as "step 24 of 200 (12 %)". */
export function trainedWords({ step, planned }: Trained): string {
  if (step === null) return "before the first step";
  if (planned === null || planned === 0) return `step ${grouped(step)}`;
  const percent = Math.floor((100 * step) / planned);
  return `step ${grouped(step)} of ${grouped(planned)} (${percent}\u202f%)`;
}

/** Says how far an analysis is: for how long it has been made, how long the last one took, and what is shown meanwhile. */
export function analyzedWords({
  toStep,
  seconds,
  lastSeconds,
}: NonNullable<ServedReport["progress"]>): string {
  const parts = [
    ...(seconds === null ? [] : [`${Math.round(seconds)}\u202fs`]),
    ...(lastSeconds === null ? [] : [`last time ${Math.round(lastSeconds)}\u202fs`]),
    ...(toStep === null ? [] : [`shown to step ${grouped(toStep)}`]),
  ];
  return `being analysed${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

/** Bars of how far training and analysis are; none of what is done or not known. */
export function progressBars(
  trained: Trained | null,
  analysis: ServedReport["progress"],
): HTMLProgressElement[] {
  const bar = (label: string, value: number | null, max: number): HTMLProgressElement =>
    element("progress", {
      "aria-label": label,
      title: label,
      max,
      ...(value === null ? {} : { value: Math.min(value, max) }),
    });
  const isTraining =
    trained !== null && trained.planned !== null && trained.planned > 0 && trained.step !== null;
  return [
    ...(isTraining ? [bar("training", trained.step, trained.planned)] : []),
    // Nothing is known of a first analysis but that it is under way.
    ...(analysis === null
      ? []
      : [
          bar("analysis", analysis.lastSeconds === null ? null : analysis.seconds, analysis.lastSeconds ?? 1),
        ]),
  ];
}
