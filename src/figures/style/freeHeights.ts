import type { Figure, PlotlyRecord, PlotlyValue } from "../figure.js";
import { listIn, numberIn, recordIn } from "./plotlyValues.js";

/** A stretch of the step axis that a text takes. */
type Stretch = readonly [from: number, to: number];

/** Heights at which a plot has room for a line of text, from the bottom, as shares of its height. */
const heights = [0.02, 0.14, 0.26, 0.38, 0.5, 0.62, 0.74] as const;
const lineHeight = 0.12;

/**
 * Chooses heights for texts over a figure's curves: where the fewest points lie behind a text and no other text
 * stands, the lower one where several are equal. In shares of the plot's height. A plot of two halves has them at the
 * bottom.
 *
 * @param stretches of the step axis that the texts take, in the order in which they choose
 */
export function freeHeights(
  figure: Pick<Figure, "data" | "layout">,
  stretches: readonly Stretch[],
): number[] {
  const yaxis = recordIn(figure.layout.yaxis);
  const points = figure.data
    .filter((trace) => trace.yaxis === undefined || trace.yaxis === "y")
    .flatMap(({ x, y }) => {
      const values = numbersOf(y);
      return numbersOf(x).map((step, index) => ({ step, value: values[index] ?? NaN }));
    })
    .filter(({ step, value }) => Number.isFinite(step) && Number.isFinite(value));
  const [low, high] = axisRange(
    yaxis,
    points.map(({ value }) => value),
  );
  const taken: { readonly stretch: Stretch; readonly height: number }[] = [];
  for (const stretch of stretches) {
    const behind = points.filter(({ step }) => step >= stretch[0] && step <= stretch[1]);
    const crowd = (height: number): number => {
      if (taken.some((other) => other.height === height && overlap(other.stretch, stretch))) return Infinity;
      if ("domain" in yaxis) return 0;
      return behind.filter(({ value }) => {
        const place = (value - low) / (high - low);
        return place > height - 0.02 && place < height + lineHeight;
      }).length;
    };
    const crowds = heights.map(crowd);
    const best = crowds.indexOf(Math.min(...crowds));
    taken.push({ stretch, height: heights[best] ?? heights[0] });
  }
  return taken.map(({ height }) => height);
}

function overlap(one: Stretch, other: Stretch): boolean {
  return one[0] < other[1] && other[0] < one[1];
}

/** Range of the value axis as plotly chooses it: that of the layout, else that of the values and a twentieth more. */
function axisRange(yaxis: PlotlyRecord, values: readonly number[]): Stretch {
  const [low, high] = numbersOf(yaxis.range);
  if (low !== undefined && high !== undefined) return [low, high];
  const own = yaxis.rangemode === "tozero" ? [0] : [];
  const [least, most] = [...own, ...values].reduce(
    ([from, to], value) => [Math.min(from, value), Math.max(to, value)],
    [Infinity, -Infinity],
  );
  const margin = (most - least) / 20;
  return [yaxis.rangemode === "tozero" && least === 0 ? 0 : least - margin, most + margin];
}

/** Numbers of a list; what is not a number becomes NaN. */
function numbersOf(value: PlotlyValue | undefined): number[] {
  return listIn(value).map((each) => numberIn(each, NaN));
}
