import { detectors, type EventName } from "../../analysis/transitions/detectors.js";
import type { Palette } from "./palette.js";

/** Colour of an event: behaviour in that of misalignment, mechanism in its own. */
export function eventColor(event: EventName, colors: Palette): string {
  const needs = detectors.find(({ name }) => name === event)?.needs;
  if (needs === "answers") return colors.misaligned;
  return needs === undefined || needs === "distributionChange" ? colors.foreground : colors.mechanism;
}
