/** Beginning of a text that a spreadsheet takes for a formula, and what was marked before. */
const formula = /^'*[=+\-@\t\r]/;

/**
 * Writes a table of texts as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before
 * it, which `parseCsv` takes off again.
 */
export function encodeCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string): string {
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
