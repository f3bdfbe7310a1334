import type { DataFrame } from "turncoat/danfojs";
import { TurncoatError } from "../errors.js";
import type { Figure, FigureOptions } from "../figures/figure.js";
import { curvesFigure } from "../figures/own/curvesFigure.js";

/** What of a frame is drawn. */
export interface FrameFigureRequest {
  /** Column of the x axis, of numbers. */
  readonly along: string;
  /** Columns that are drawn, of numbers. @default all others of numbers */
  readonly columns?: readonly string[];
  /** @default the names of the columns */
  readonly title?: string;
  /** What the y axis says. @default the names of the columns */
  readonly quantity?: string;
}

/**
 * Draws columns of a data frame over another as a figure, for `show`, `writeOfflinePage` and `figureSvg`. Rows are
 * drawn in the order of the x axis; a missing value is a gap.
 * @throws TurncoatError where a column is not there or holds no numbers
 */
export function frameFigure(
  frame: DataFrame,
  request: FrameFigureRequest,
  options: FigureOptions = {},
): Figure {
  const { along } = request;
  const numbers = frame.columns.filter((_, column) => frame.dtypes[column] !== "string");
  const names = request.columns ?? numbers.filter((name) => name !== along);
  for (const name of [along, ...names]) {
    if (numbers.includes(name)) continue;
    const found = frame.columns.includes(name) ? "text" : `no such column among ${frame.columns.join(", ")}`;
    throw new TurncoatError(`frameFigure: column "${name}": expected numbers, found ${found}`);
  }
  const column = (name: string): number[] => {
    const place = frame.columns.indexOf(name);
    return frame.values.map((row) => {
      const value: unknown = Array.isArray(row) ? row[place] : row;
      return typeof value === "number" ? value : NaN;
    });
  };
  const steps = column(along);
  const order = steps
    .flatMap((step, row) => (Number.isFinite(step) ? [{ step, row }] : []))
    .sort((left, right) => left.step - right.step);
  return curvesFigure(
    {
      title: request.title ?? `${names.join(", ")} along ${along}`,
      quantity: request.quantity ?? names.join(", "),
      along,
      curves: names.map((name) => {
        const values = column(name);
        return {
          name,
          steps: order.map(({ step }) => step),
          values: order.map(({ row }) => values[row] ?? NaN),
        };
      }),
    },
    options,
  );
}
