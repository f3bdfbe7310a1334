import type { Analysis } from "../analysis/analysisRecord.js";

/** Transitions, and what shows none, as lines for the terminal. */
export function analysisTable(analysis: Analysis): string {
  const rows: string[][] = [["indicator", "step", "interval", "method"]];
  for (const { indicator, step, interval, method, adapter, scale } of analysis.transitions) {
    const [low, high] = interval;
    rows.push([
      named(indicator, adapter, scale, analysis.adapters.length > 1),
      String(rounded(step)),
      `[${rounded(low)}, ${rounded(high)}]`,
      method,
    ]);
  }
  for (const { indicator, reason, adapter, scale } of analysis.absent) {
    rows.push([named(indicator, adapter, scale, analysis.adapters.length > 1), "–", "–", reason]);
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function named(
  indicator: string,
  adapter: string | undefined,
  scale: number | undefined,
  manyAdapters: boolean,
): string {
  const words = indicator.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  const factor = scale === undefined || scale === 1 ? "" : ` ×${scale}`;
  return manyAdapters && adapter !== undefined ? `${words} (${adapter})` : `${words}${factor}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
