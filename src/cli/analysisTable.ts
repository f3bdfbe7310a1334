import type { Analysis } from "../analysis/analysisRecord.js";
import { significant, textTable } from "./textTable.js";

/** Transitions, and what shows none, as lines for the terminal. */
export function analysisTable(analysis: Analysis): string {
  const rows: string[][] = [["indicator", "step", "interval", "method"]];
  for (const { indicator, step, interval, method, adapter, scale } of analysis.transitions) {
    const [low, high] = interval;
    rows.push([
      indicatorWords({ indicator, adapter: analysis.adapters.length > 1 ? adapter : undefined, scale }),
      String(rounded(step)),
      `[${rounded(low)}, ${rounded(high)}]`,
      method,
    ]);
  }
  for (const { indicator, reason, adapter, scale } of analysis.absent) {
    rows.push([
      indicatorWords({ indicator, adapter: analysis.adapters.length > 1 ? adapter : undefined, scale }),
      "–",
      "–",
      reason,
    ]);
  }
  return textTable(rows);
}

/** The geometry of every adapter in a few numbers, as lines for the terminal; empty without an adapter. */
export function geometryTable(analysis: Analysis): string {
  if (analysis.adapters.length === 0) return "";
  const windows = analysis.parameters.localCosineWindows.map(String);
  const rows = [
    [
      "adapter",
      "",
      "norm, last",
      "least cos to previous",
      ...windows.map((k) => `peak of local cos, k ${k}`),
      "PC1 %",
      "PC2 %",
      "checkpoints",
    ],
  ];
  for (const { name, rank, A, B, deltaW } of analysis.adapters) {
    for (const [label, factor] of [
      ["B", B],
      ["A", A],
      ["ΔW", deltaW],
    ] as const) {
      const previous = factor.cosineToPrevious.values.filter((value) => Number.isFinite(value));
      rows.push([
        label === "B" ? `${name}, rank ${rank}` : "",
        label,
        significant(factor.norm.values.at(-1)),
        previous.length === 0 ? "–" : significant(Math.min(...previous), 4),
        ...windows.map((k) => {
          const peak = factor.localCosine[k]?.peak ?? null;
          return peak === null ? "–" : `${significant(peak.value)} at ${peak.step}`;
        }),
        ...[0, 1].map((component) =>
          significant(100 * (factor.pca?.explainedVarianceRatio[component] ?? NaN)),
        ),
        String(factor.norm.steps.length),
      ]);
    }
  }
  return `${textTable(rows)}\n(local cosine as in the paper: straight = −1, right angle 0)`;
}

/** "narrow behaviour ×5", "rotation (model.layers.2.mlp.down_proj)". */
export function indicatorWords(what: {
  readonly indicator: string;
  readonly adapter?: string | undefined;
  readonly scale?: number | undefined;
}): string {
  const { indicator, adapter, scale } = what;
  const words = indicator.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  const factor = scale === undefined || scale === 1 ? "" : ` ×${scale}`;
  return adapter === undefined ? `${words}${factor}` : `${words} (${adapter})`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
