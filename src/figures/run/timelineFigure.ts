import type { Analysis } from "../../analysis/analysisRecord.js";
import { eventLetter, eventWords } from "../../analysis/transitions/events.js";
import { absenceReason } from "../../analysis/transitions/verdictWords.js";
import type { TimelineEvent } from "../../analysis/transitions/timeline.js";
import { axis, baseLayout, stepAxis, stepRange } from "../style/baseLayout.js";
import { tableOf, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { eventColor } from "../style/eventColor.js";
import { palette } from "../style/palette.js";

/**
 * Draws the time line: for each event a point and its interval on the step axis, from mechanism to behaviour. Null
 * without events: the sentences then say why.
 */
export function timelineFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const { events, lags, absent } = analysis.timeline;
  const range = stepRange(analysis);
  if (events.length === 0 || range === null) return null;
  const colors = palette(options.theme);
  const title = "What turns when";
  const middle = (range[0] + range[1]) / 2;
  const row = (index: number): number => events.length - index;
  const data = events.flatMap((event, index): PlotlyTrace[] => {
    const [low, high] = event.interval;
    const color = eventColor(event.event, colors);
    const y = row(index);
    // Beside the interval, on the side with more room.
    const isLeft = (low + high) / 2 > middle;
    const common = { type: "scatter", showlegend: false, hoverinfo: "skip" } as const;
    return [
      { ...common, mode: "lines", x: [low, high], y: [y, y], line: { color: color, width: 2 } },
      {
        ...common,
        mode: "markers",
        x: [event.step],
        y: [y],
        marker: {
          color: color,
          size: 8,
          symbol: event.kind === "transition" ? "circle" : "circle-open",
        },
      },
      {
        ...common,
        mode: "text",
        x: [isLeft ? low : high],
        y: [y],
        text: [isLeft ? `${labelOf(event)}  ` : `  ${labelOf(event)}`],
        textposition: isLeft ? "middle left" : "middle right",
        textfont: { size: 11, color: colors.foreground },
      },
    ];
  });
  const toBehavior = lags.filter(({ to }) => to === "behavior");
  return {
    data,
    layout: baseLayout(
      title,
      {
        xaxis: stepAxis(range, options),
        yaxis: axis("event", options, {
          range: [0.3, events.length + 0.7],
          tickmode: "array",
          tickvals: events.map((_, index) => row(index)),
          ticktext: events.map(({ event }) => eventLetter(event)),
          showgrid: false,
        }),
      },
      options,
      { hovermode: false, showlegend: false },
    ),
    meta: {
      title,
      caption:
        `${events.length === 1 ? "1 event with its 95 % interval" : `${events.length} events with their 95 % intervals`}, from mechanism (top) to behaviour. ` +
        (toBehavior.length === 0
          ? "There is no turn of broad behaviour, so that no lag to it is given."
          : `To broad behaviour, in steps: ${toBehavior.map(lagWords).join(", ")}. p: from resamples of the same questions; other intervals are formed from the ends of both.`) +
        absenceWords(
          "Tested, and not there",
          absent.filter(({ verdict }) => verdict === "doesNotTurn"),
        ) +
        absenceWords(
          "Cannot be told",
          absent.filter(({ verdict }) => verdict === "cannotTell"),
        ) +
        (events.some(({ kind }) => kind === "description")
          ? " An open circle describes a curve and is no test."
          : ""),
      summary: `In order of their steps: ${[...events]
        .sort((one, other) => one.step - other.step)
        .map((event) => `${eventWords(event.event, event.adapter)} at ${decimal(event.step)}`)
        .join(", ")}.`,
      formula: "lag = step of the later row − step of the earlier row",
      caveat:
        "Intervals answer for the noise within one run; another seed may turn elsewhere. Events that lie together need not have one cause, and nothing here assumes that they agree.",
      source: "2506.11613, section 4; disputed order in 2508.20015 and 2607.09053",
      table: tableOf({
        event: events.map(({ event, adapter }) => eventWords(event, adapter)),
        step: events.map(({ step }) => step),
        low: events.map(({ interval }) => interval[0]),
        high: events.map(({ interval }) => interval[1]),
        kind: events.map(({ kind }) => kind),
        method: events.map(({ method }) => method),
      }),
    },
  };
}

function absenceWords(start: string, absent: Analysis["timeline"]["absent"]): string {
  if (absent.length === 0) return "";
  return ` ${start}: ${absent.map((each) => `${eventWords(each.indicator, each.adapter)} (${absenceReason(each)})`).join("; ")}.`;
}

function labelOf({ event, step, interval, adapter }: TimelineEvent): string {
  return `${eventWords(event, adapter)} ${decimal(step)} [${interval.map(decimal).join(", ")}]`;
}

function lagWords(lag: Analysis["lags"][number]): string {
  const sign = (value: number): string => (value > 0 ? `+${decimal(value)}` : decimal(value));
  const paired = lag.method === "pairedQuestions" ? " p" : "";
  return `${eventLetter(lag.from)} ${sign(lag.steps)} [${lag.interval.map(sign).join(", ")}]${paired}`;
}

function decimal(value: number): string {
  return String(Number(value.toFixed(1))).replace("-", "−");
}
