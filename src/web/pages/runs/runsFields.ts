import { choiceField, listField, textField, type UrlField } from "../../state/urlFields.js";
import { runsGroupings, sortColumns, type RunsSort } from "./runsOrder.js";

/** Column of the order, and its way; the initial order is that of the names. */
const sortField: UrlField<RunsSort> = {
  key: "sort",
  initial: { column: "run", isDescending: false },
  entry: "replace",
  parse: (text) => {
    const isDescending = text.startsWith("-");
    const name = isDescending ? text.slice(1) : text;
    const column = sortColumns.find((each) => each === name);
    return column === undefined ? undefined : { column, isDescending };
  },
  format: ({ column, isDescending }) => `${isDescending ? "-" : ""}${column}`,
};

/** Fields of the address of the list of runs. */
export const runsFields = {
  search: textField("q", { entry: "replace" }),
  sort: sortField,
  group: choiceField("group", runsGroupings, null),
  /** Columns that are shown; none are the usual ones. */
  columns: listField("cols", undefined, { entry: "replace" }),
  /** Runs selected for comparison, in the order of their selection. */
  picked: listField("pick", undefined, { entry: "replace" }),
  /** Settings left out of the comparison of configurations, beside the usual ones. */
  ignored: listField("ignore", undefined, { entry: "replace" }),
} as const;
