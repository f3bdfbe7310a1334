import { escapeHtml } from "../figures/style/escapeHtml.js";
import { cellText } from "./tableHtml.js";

/** What is shown of a data frame, or of one of its columns; danfojs's own are such. */
export interface FrameContent {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  /** One list a row; of a column one value a row. */
  readonly values: readonly unknown[];
}

/** Most rows and columns that are shown, most characters of a cell in text and in HTML, and of a line of text. */
const limits = { rows: 20, columns: 20, cell: 50, htmlCell: 400, line: 100 };

const cut = "…";

interface Excerpt {
  /** Names of the columns, the first that of the index. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** True of each column that holds numbers only. */
  readonly isNumeric: readonly boolean[];
  /** How much there is, where not all is shown; else empty. */
  readonly words: string;
}

/** A data frame as lines of text: what a cell shows whose last expression it is. */
export function frameText(frame: FrameContent): string {
  let most = limits.columns;
  let lines = textLines(excerpt(frame, most, limits.cell));
  while (most > 2 && (lines[0]?.length ?? 0) > limits.line) {
    most = Math.min(most, frame.columns.length) - 1;
    lines = textLines(excerpt(frame, most, limits.cell));
  }
  return lines.join("\n");
}

/** A data frame as an HTML table: its first rows and its last. */
export function frameHtml(frame: FrameContent): string {
  const { head, rows, isNumeric, words } = excerpt(frame, limits.columns, limits.htmlCell);
  const cells = (row: readonly string[], tag: "th" | "td"): string =>
    row
      .map((cell, column) => {
        const name = column === 0 ? "th" : tag;
        const align = isNumeric[column] === true ? "right" : "left";
        return `<${name} style="text-align:${align}">${escapeHtml(cell)}</${name}>`;
      })
      .join("");
  const body = rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
  const below = words === "" ? "" : `\n<p>${escapeHtml(words)}</p>`;
  return `<table><thead><tr>${cells(head, "th")}</tr></thead><tbody>\n${body}\n</tbody></table>${below}`;
}

function excerpt(frame: FrameContent, mostColumns: number, mostLetters: number): Excerpt {
  const { index, columns } = frame;
  const rows = frame.values.map((row): readonly unknown[] => (Array.isArray(row) ? row : [row]));
  const shownColumns = ends(columns.length, mostColumns);
  const shownRows = ends(rows.length, limits.rows);
  const at = <Value>(place: number | null, pick: (place: number) => Value): Value | string =>
    place === null ? cut : pick(place);
  const texts = shownRows.map((row) => [
    at(row, (place) => cellText(index[place] ?? place)),
    ...shownColumns.map((column) =>
      at(row, (place) => at(column, (of) => shortened(cellText(rows[place]?.[of]), mostLetters))),
    ),
  ]);
  const isCut = shownRows.includes(null) || shownColumns.includes(null);
  return {
    head: [
      "",
      ...shownColumns.map((column) => at(column, (of) => shortened(columns[of] ?? "", mostLetters))),
    ],
    rows: texts,
    isNumeric: [
      index.every((name) => typeof name === "number"),
      ...shownColumns.map(
        (column) => column !== null && rows.every((row) => typeof (row[column] ?? NaN) === "number"),
      ),
    ],
    words: isCut ? `${rows.length} rows × ${columns.length} columns` : "",
  };
}

/** Places of all, or of the first and the last with null between them. */
function ends(count: number, most: number): (number | null)[] {
  const all = Array.from({ length: count }, (_, place) => place);
  if (count <= most) return all;
  const before = Math.ceil(most / 2);
  return [...all.slice(0, before), null, ...all.slice(count - (most - before))];
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}${cut}`;
}

function textLines({ head, rows, isNumeric, words }: Excerpt): string[] {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        isNumeric[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line), ...(words === "" ? [] : [`[${words}]`])];
}
