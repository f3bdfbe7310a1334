import type { ControlCurve } from "../../analysis/controls/controlCurves.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { withGaps, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { palette } from "../style/palette.js";

/** The curves of one quantity and adapter that a run and its controls both have, by half-window; none without controls. */
export function controlCurvesOf(
  control: ControlTest | null | undefined,
  quantity: ControlCurve["quantity"],
  adapter: string | null,
): readonly ControlCurve[] {
  return (control?.curves ?? [])
    .filter((curve) => curve.quantity === quantity && curve.adapter === adapter)
    .toSorted((one, other) => (one.k ?? 0) - (other.k ?? 0));
}

/** Trace of a curve of the control, drawn behind those of the run: grey, as controls are in every figure. */
export function controlTrace(
  name: string,
  { steps, values }: { readonly steps: readonly number[]; readonly values: readonly number[] },
  options: FigureOptions & { readonly dash?: string; readonly format: string },
): PlotlyTrace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: steps,
    y: withGaps(values),
    line: { color: palette(options.theme).control, width: 1.5, dash: options.dash ?? "dashdot" },
    hovertemplate: options.format,
  };
}

/** Goes on in a caption with what the curves of the control are of; empty where none are drawn. */
export function controlCaption(
  control: ControlTest | null | undefined,
  drawn: readonly ControlCurve[],
): string {
  const names = control?.controls ?? [];
  if (drawn.length === 0 || names.length === 0) return "";
  return names.length === 1
    ? ` Grey curves: the control ${names[0] ?? ""}.`
    : ` Grey curves: mean of the controls ${names.join(", ")}.`;
}
