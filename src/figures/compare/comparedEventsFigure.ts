import type { ControlVerdict } from "../../analysis/controls/shareVerdict.js";
import type { TransitionIndicator } from "../../analysis/transitions/detectors.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { axis, baseLayout, stepAxis } from "../style/baseLayout.js";
import { tableOf, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { eventColor } from "../style/eventColor.js";
import { palette } from "../style/palette.js";

/** Turns of one kind in several runs. */
export interface ComparedEvents {
  readonly indicator: TransitionIndicator;
  /** Says in a few words that it happens. */
  readonly words: string;
  /** One a run, in the order of the runs; the step is NaN where the run has none. */
  readonly turns: readonly {
    readonly step: number;
    readonly interval: Interval;
    /** Of the control test; null where the run was held against none. */
    readonly againstControl: ControlVerdict | null;
  }[];
}

/** A run on the time line. */
export interface ComparedEventsRun {
  readonly name: string;
  /** The name as it is drawn. */
  readonly label: string;
}

/** Settings of the time line of several runs. */
export interface ComparedEventsOptions extends FigureOptions {
  /** First and last step of the axis. @default those of the events and their intervals */
  readonly range?: readonly [number, number] | null;
}

/** Marks of kinds of events, in the order of the rows; behaviour has the point. */
const symbols = ["square", "diamond", "triangle-up", "triangle-down", "cross"] as const;

/**
 * Draws what turns when in several runs: a row a run, in it a point and its interval for each kind of event, filled where
 * the control does not share it. Null where nothing turns in any of them.
 *
 * @param events kinds in the order in which they stand under each other within a row
 */
export function comparedEventsFigure(
  runs: readonly ComparedEventsRun[],
  events: readonly ComparedEvents[],
  { range = null, ...options }: ComparedEventsOptions = {},
): Figure | null {
  const shown = events.filter(({ turns }) => turns.some(({ step }) => Number.isFinite(step)));
  if (shown.length === 0) return null;
  const colors = palette(options.theme);
  const title = "What turns when, run by run";
  // A row is one unit high, its first at the top; kinds of events share four fifths of it.
  const rowOf = (run: number, kind: number): number =>
    runs.length - run + 0.4 - (0.8 * (kind + 0.5)) / shown.length;
  const data = shown.flatMap(({ indicator, words, turns }, kind): PlotlyTrace[] => {
    const color = eventColor(indicator, colors);
    const found = turns.flatMap((turn, run) =>
      Number.isFinite(turn.step) ? [{ ...turn, y: rowOf(run, kind), name: runs[run]?.name ?? "" }] : [],
    );
    const symbol = indicator === "behavior" ? "circle" : (symbols[kind % symbols.length] ?? "square");
    return [
      {
        type: "scatter",
        mode: "lines",
        // One line of all intervals, broken between them.
        x: found.flatMap(({ interval: [low, high] }) => [low, high, null]),
        y: found.flatMap(({ y }) => [y, y, null]),
        line: { color, width: 2 },
        showlegend: false,
        hoverinfo: "skip",
      },
      {
        type: "scatter",
        mode: "markers",
        showlegend: false,
        x: found.map(({ step }) => step),
        y: found.map(({ y }) => y),
        marker: {
          color,
          size: 7,
          symbol: found.map(({ againstControl }) =>
            againstControl === "shared" ? `${symbol}-open` : symbol,
          ),
        },
        text: found.map(({ name, step, interval }) => `${name}: ${step} [${interval.join(", ")}]`),
        hovertemplate: `%{text}<extra>${words}</extra>`,
      },
      // In the legend a kind is filled, whatever its first run is.
      {
        type: "scatter",
        mode: "markers",
        name: words,
        x: [null],
        y: [null],
        marker: { color, size: 7, symbol },
      },
    ];
  });
  const rows = shown.flatMap(({ words, turns }) =>
    turns.map((turn, run) => ({ ...turn, words, run: runs[run]?.name ?? "" })),
  );
  const without = runs.filter((_, run) => shown.every(({ turns }) => Number.isNaN(turns[run]?.step ?? NaN)));
  const isHeld = rows.some(({ againstControl }) => againstControl !== null);
  return {
    data,
    layout: baseLayout(
      title,
      {
        xaxis: stepAxis(range, options),
        yaxis: axis("", options, {
          range: [0.4, runs.length + 0.6],
          tickmode: "array",
          tickvals: runs.map((_, run) => runs.length - run),
          ticktext: runs.map(({ label }) => label),
          automargin: true,
        }),
      },
      options,
      { hovermode: "closest", height: Math.max(340, 120 + runs.length * (14 + 7 * shown.length)) },
    ),
    meta: {
      title,
      caption:
        "A row a run; each point is the step at which something turns, with its 95 % interval, from mechanism (top of a row) to behaviour." +
        (isHeld ? " Open: the careful control turns there too." : " No run was held against a control.") +
        (without.length === 0
          ? ""
          : ` Nothing turns, or it cannot be told, in ${without.map(({ name }) => name).join(", ")}.`),
      summary: `${shown
        .map(({ words, turns }) => {
          const count = turns.filter(({ step }) => Number.isFinite(step)).length;
          return `${words} in ${count} of ${runs.length} runs`;
        })
        .join(", ")}.`,
      formula:
        "a turn is what its detector accepts; no step is drawn where it does not turn or cannot be told",
      caveat:
        "Intervals answer for the noise within one run. That events lie together in several runs does not give them one cause.",
      source: "2506.11613, section 4",
      table: tableOf({
        run: rows.map(({ run }) => run),
        event: rows.map(({ words }) => words),
        step: rows.map(({ step }) => step),
        low: rows.map(({ interval }) => interval[0]),
        high: rows.map(({ interval }) => interval[1]),
        againstControl: rows.map(({ againstControl }) => againstControl ?? ""),
      }),
    },
  };
}
