/** A cell of a CSV file, in quotes where it needs them; what a spreadsheet takes for a formula stays one. */
export function quotedCell(text: string, separator = ","): string {
  const isPlain = !text.includes(separator) && !/["\r\n]/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}
