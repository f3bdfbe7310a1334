import { writeFileSync } from "node:fs";
import { inspect } from "node:util";
import type { DataFrame, Series } from "turncoat/danfojs";
import { describeValues, descriptionRows } from "./describeValues.js";
import { frameCsv, type CsvOptions } from "./frameCsv.js";
import { frameText, type FrameContent } from "./frameTable.js";

/**
 * Mends danfojs in its place, for all frames: a frame is shown as a table, where Node would list its inner fields;
 * `describe` leaves gaps out, where danfojs makes NaN of the whole column; `toCSV` quotes cells that need it; and `plot`,
 * which needs a page, says what to use instead.
 */
export function mendFrames(frames: {
  readonly DataFrame: typeof DataFrame;
  readonly Series: typeof Series;
}): void {
  const { DataFrame: Frame, Series: Column } = frames;
  const shared = {
    [inspect.custom](this: FrameContent): string {
      return frameText(this);
    },
    toCSV(this: FrameContent, options: CsvOptions & { readonly filePath?: string } = {}): string | undefined {
      const text = frameCsv(this, options);
      const { filePath } = options;
      if (filePath === undefined) return text;
      writeFileSync(filePath.endsWith(".csv") ? filePath : `${filePath}.csv`, text);
      return undefined;
    },
    plot(): never {
      throw new Error(
        'plot: frames are drawn by Plotly through figures: show(frameFigure(frame, { along: "step", columns: ["loss"] }))',
      );
    },
  };
  mend(Frame.prototype, {
    ...shared,
    describe(this: DataFrame): DataFrame {
      const { columns, dtypes } = this;
      const rows = this.values.map((row): readonly unknown[] => (Array.isArray(row) ? row : [row]));
      const described = columns.flatMap((name, column) =>
        dtypes[column] === "string"
          ? []
          : [[name, describeValues(rows.map((row) => numeric(row[column])))] as const],
      );
      return new Frame(Object.fromEntries(described), { index: [...descriptionRows] });
    },
  });
  mend(Column.prototype, {
    ...shared,
    describe(this: Series): Series {
      if (this.dtypes[0] === "string") throw new Error("describe: expected a column of numbers, found text");
      const values: readonly unknown[] = this.values;
      return new Column(describeValues(values.map(numeric)), {
        columns: this.columns,
        index: [...descriptionRows],
      });
    },
  });
}

/** Replaces methods on a prototype and on those it inherits from: most methods return frames of danfojs's base. */
function mend(prototype: object, methods: object): void {
  for (let each: unknown = prototype; isDescribed(each); each = Object.getPrototypeOf(each)) {
    Object.assign(each, methods);
  }
}

function isDescribed(value: unknown): value is object {
  return typeof value === "object" && value !== null && "describe" in value;
}

/** Booleans count as 0 and 1, as in pandas' sums. */
function numeric(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}
