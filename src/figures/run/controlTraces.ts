import type { ControlCurve } from "../../analysis/controls/controlCurves.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";

/** Dash of the curves of a control, wherever they are drawn beside the run's. */
export const controlDash = "dashdot";

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

/** Goes on in a caption with what the curves of the control are of; empty where none are drawn. */
export function controlCaption(
  control: ControlTest | null | undefined,
  drawn: readonly ControlCurve[],
): string {
  const names = control?.controls ?? [];
  if (drawn.length === 0 || names.length === 0) return "";
  return names.length === 1
    ? ` Dots and dashes: the control ${names[0] ?? ""}.`
    : ` Dots and dashes: mean of the controls ${names.join(", ")}.`;
}
