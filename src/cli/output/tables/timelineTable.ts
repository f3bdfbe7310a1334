import { type Timeline, type TimelineEvent, lagMethods } from "../../../analysis/transitions/timeline.js";
import { eventLetter } from "../../../analysis/transitions/events.js";
import { eventOf } from "./analysisTable.js";
import { textTable } from "./textTable.js";

/** Events of a run on one time line, with the lags between them; empty with fewer than two events. */
export function timelineTable({ events, lags }: Timeline): string {
  if (events.length < 2) return "";
  const inOrder = [...events].sort((one, other) => one.step - other.step);
  const references = (["behavior", "narrowBehavior", "distributionChange"] as const).filter((name) =>
    events.some(({ event }) => event === name),
  );
  const lagTo = (event: TimelineEvent, reference: string): string => {
    if (event.event === reference) return "–";
    const forward = lags.find(({ from, to }) => from === event.event && to === reference);
    const backward = lags.find(({ from, to }) => from === reference && to === event.event);
    const lag = forward ?? backward;
    if (lag === undefined) return "";
    // Always from the row's event to the column's.
    const sign = forward === undefined ? -1 : 1;
    const [low, high] = sign > 0 ? lag.interval : [-lag.interval[1], -lag.interval[0]];
    const paired = lag.method === "pairedQuestions" ? " p" : "";
    return `${signed(sign * lag.steps)} [${signed(low)}, ${signed(high)}]${paired}`;
  };
  const table = textTable([
    ["time line", "step", "interval", ...references.map((name) => `steps to ${eventLetter(name)}`)],
    ...inOrder.map((event) => [
      `${eventLetter(event.event)} ${eventOf({ indicator: event.event, adapter: event.adapter, scale: event.scale }, false)}`,
      decimal(event.step),
      `[${event.interval.map(decimal).join(", ")}]`,
      ...references.map((reference) => lagTo(event, reference)),
    ]),
  ]);
  const isPaired = lags.some(({ method }) => method === "pairedQuestions");
  return [
    table,
    `(lags: ${lagMethods.endsOfIntervals}${isPaired ? `; p: ${lagMethods.pairedQuestions}` : ""}. That events agree is not assumed.)`,
  ].join("\n");
}

function signed(value: number): string {
  return value > 0 ? `+${decimal(value)}` : decimal(value);
}

function decimal(value: number): string {
  return String(Number(value.toFixed(1)) + 0).replace("-", "−");
}
