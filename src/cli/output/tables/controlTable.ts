import { controlVerdictWords, heldAgainstWords, sizeWords } from "../../../analysis/controls/controlWords.js";
import type { ControlTest } from "../../../analysis/controls/controlTest.js";
import type { ControlCurve } from "../../../analysis/controls/controlCurves.js";
import { eventOf } from "./analysisTable.js";
import { significant, textTable } from "./textTable.js";

/** Every transition of a run held against each of its controls; empty where it has none. */
export function controlTable({ verdicts, controls }: ControlTest): string {
  if (verdicts.length === 0) return "";
  return [
    textTable([
      ["held against", "event", "step", "verdict", "run", "control", "difference", "why"],
      ...verdicts.flatMap(({ against, indicator, adapter, scale, step }) =>
        against.map(({ control, verdict, measured, ...held }) => [
          control,
          eventOf({
            indicator,
            ...(adapter === null ? {} : { adapter }),
            ...(scale === null ? {} : { scale }),
          }),
          String(step),
          controlVerdictWords[verdict],
          ...(measured === null
            ? ["–", "–", "–"]
            : [measured.run, measured.control, measured.difference].map((size) => sizeWords(measured, size))),
          heldAgainstWords({ ...held, verdict, measured }),
        ]),
      ),
    ]),
    `(shared: the control surely has more than half of it; specific: surely less than half, with ${controls.length === 1 ? "its" : "every control's"} noise taken off)`,
  ].join("\n");
}

const quantityWords: Readonly<Record<ControlCurve["quantity"], string>> = {
  localCosine: "local cosine",
  norm: "norm",
  cosineToFinal: "cosine to final",
  disposition: "disposition",
  gradientNorm: "gradient norm",
};

/** The step of every curve at which run and control differ most against their noise, with the difference there. */
export function controlCurveTable({ curves }: ControlTest): string {
  if (curves.length === 0) return "";
  const rows = curves.map((curve) => {
    const { quantity, k, adapter, steps, run, control, difference, interval } = curve;
    const isApart = interval.map(([low, high]) => low > 0 || high < 0);
    const defined = interval.filter(([low]) => Number.isFinite(low)).length;
    const at = difference.reduce(
      (best, value, index) =>
        Number.isFinite(interval[index]?.[0]) && !(Math.abs(value) <= Math.abs(difference[best] ?? NaN))
          ? index
          : best,
      -1,
    );
    const [low, high] = interval[at] ?? [NaN, NaN];
    return [
      quantityWords[quantity] + (k === null ? "" : `, k ${k}`),
      adapter ?? "",
      `${isApart.filter(Boolean).length} of ${defined}`,
      String(steps[at] ?? "–"),
      significant(run[at]),
      significant(control[at]),
      `${significant(difference[at])} [${significant(low)}, ${significant(high)}]`,
    ];
  });
  return [
    textTable([
      ["run − control", "of", "steps apart", "largest at", "run", "control", "difference"],
      ...rows,
    ]),
    `(intervals of each step by itself: ${curves[0]?.method ?? ""})`,
  ].join("\n");
}
