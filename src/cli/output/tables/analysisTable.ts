import type { Analysis } from "../../../analysis/analysisRecord.js";
import type { LocalCosineRecord, StepExtremum } from "../../../analysis/geometry/adapterRecord.js";
import { carriers, type PartOfUpdate } from "../../../analysis/geometry/whole/wholeUpdate.js";
import { significant, textTable } from "./textTable.js";
import type { TestedPart } from "../../../analysis/transitions/rotation/turningParts.js";
import { absenceReason, verdictWords } from "../../../analysis/transitions/verdictWords.js";
import { eventWords } from "../../../analysis/transitions/events.js";

/** Transitions, and what shows none, as lines for the terminal. */
export function analysisTable(analysis: Analysis): string {
  const isSeveral = analysis.adapters.length > 1 || analysis.whole !== null;
  const rows: string[][] = [["event", "verdict", "step", "interval", "method, or why"]];
  for (const { indicator, step, interval, method, adapter, scale } of analysis.transitions) {
    const [low, high] = interval;
    rows.push([
      eventOf({ indicator, adapter, scale }, isSeveral),
      verdictWords.turns,
      String(rounded(step)),
      `[${rounded(low)}, ${rounded(high)}]`,
      method,
    ]);
  }
  for (const each of analysis.absent) {
    const { indicator, adapter, scale } = each;
    rows.push([
      eventOf({ indicator, adapter, scale }, isSeveral),
      verdictWords[each.verdict],
      "–",
      "–",
      absenceReason(each),
    ]);
  }
  return textTable(rows);
}

/**
 * The geometry of every adapter in a few numbers, as lines for the terminal; empty without an adapter.
 *
 * @param options.isNormalised local cosines of the unit vectors A/‖A‖ and B/‖B‖. @default false
 */
export function geometryTable(analysis: Analysis, options: { isNormalized?: boolean } = {}): string {
  const { isNormalized = false } = options;
  if (analysis.adapters.length === 0) return "";
  const windows = analysis.parameters.localCosineWindows.map(String);
  const areVectors = analysis.adapters.every(({ A }) => A === null);
  const rows = [
    [
      areVectors ? "vector after" : "adapter",
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
    const written = A === null ? "v" : "B";
    for (const [label, factor] of [
      [written, B] as const,
      ...(A === null ? [] : [["A", A] as const, ["ΔW", deltaW] as const]),
    ]) {
      const previous = factor.cosineToPrevious.values.filter((value) => Number.isFinite(value));
      rows.push([
        label === written ? (A === null ? name : `${name}, rank ${rank}`) : "",
        label,
        significant(factor.norm.values.at(-1)),
        previous.length === 0 ? "–" : significant(Math.min(...previous), 4),
        ...windows.map((k) => {
          const peak = peakOf(factor.localCosine[k], isNormalized);
          return peak === null ? "–" : `${significant(peak.value)} at ${peak.step}`;
        }),
        ...[0, 1].map((component) =>
          significant(100 * (factor.pca?.explainedVarianceRatio[component] ?? NaN)),
        ),
        String(factor.norm.steps.length),
      ]);
    }
  }
  const gate = gateWords(analysis);
  const what = isNormalized ? "local cosine of unit vectors" : "local cosine";
  return `${textTable(rows)}\n(${what}, ${analysis.parameters.localCosineConvention}, right angle 0; steps that move more than ${gate})`;
}

/** Rows of the table of adapters that carry most of a whole update. */
const mostCarriers = 10;

/** Where the update of a whole model lies: its blocks, and the adapters that carry most; empty for runs with few adapters. */
export function wholeTable({ whole }: Analysis): string {
  if (whole === null) return "";
  const tested = new Map(whole.turning.parts.map((part) => [part.name, part]));
  const row = ({ name, share, norm, length, bend }: PartOfUpdate): string[] => [
    name,
    significant(100 * share),
    significant(norm),
    significant(length),
    bend === null ? "–" : `${significant(bend.value)}° at ${bend.step}`,
  ];
  const heading = (what: string): string[] => [
    what,
    "% of ‖ΔW‖²",
    "‖ΔW‖, last",
    "length of path",
    `largest bend, k ${whole.bendWindow}`,
  ];
  const rest = whole.adapters.length - mostCarriers;
  return [
    textTable([heading("part of ΔW"), ...whole.blocks.map(row)]),
    textTable([
      [...heading("adapter"), "turns"],
      ...carriers(whole, mostCarriers).map((each) => [...row(each), verdictOf(tested.get(each.name))]),
    ]),
    `(${whole.turning.method}; ${rest > 0 ? `${rest} more in --json; ` : ""}--adapter NAME measures others)`,
  ].join("\n\n");
}

function verdictOf(part: TestedPart | undefined): string {
  if (part?.step == null) return "–";
  return part.turns ? `at ${part.step}, p ${significant(part.pValue)}` : `no, p ${significant(part.pValue)}`;
}

function peakOf(
  record: Pick<LocalCosineRecord, "peak"> | LocalCosineRecord | undefined,
  isNormalized: boolean,
): StepExtremum | null {
  if (record === undefined) return null;
  if (!isNormalized) return record.peak;
  return "normalized" in record ? record.normalized.peak : null;
}

function gateWords({ parameters: { movementGate, frozenBelow } }: Analysis): string {
  const share = `${significant(100 * frozenBelow)} % of the largest movement`;
  return movementGate === null ? share : `${significant(movementGate)}, of ΔW ${share}`;
}

/** Angles to the supplied directions, beside what a random direction gives; empty where there are none. */
export function angleTable(analysis: Analysis): string {
  const rows = analysis.adapters.flatMap(({ name, A, B }) =>
    [[A === null ? "v" : "B", B.angles] as const, ["A", A?.angles ?? []] as const].flatMap(
      ([factor, angles]) =>
        angles.map(({ direction, steps, values, randomDeviationDegrees, randomCosine }) => {
          const last = values.at(-1);
          const farthest = values.reduce(
            (best, value, index) =>
              Math.abs(value - 90) > Math.abs((values[best] ?? 90) - 90) ? index : best,
            0,
          );
          return [
            `${factor} of ${name}`,
            direction,
            degreesAndCosine(last),
            `${degreesAndCosine(values[farthest])} at ${steps[farthest] ?? "–"}`,
            `90° ± ${significant(randomDeviationDegrees)}°, ±${significant(randomCosine)}`,
          ];
        }),
    ),
  );
  if (rows.length === 0) return "";
  return textTable([
    ["angle of", "to", "last (cosine)", "farthest from 90° (cosine)", "random direction, 1 sd"],
    ...rows,
  ]);
}

function degreesAndCosine(degrees: number | undefined): string {
  if (degrees === undefined || !Number.isFinite(degrees)) return "–";
  return `${significant(degrees, 4)}° (${significant(Math.cos((degrees * Math.PI) / 180))})`;
}

/**
 * "narrow behaviour turns ×5", "direction of B turns (model.layers.2.mlp.down_proj)".
 * @param isNamed whether the adapter is named. @default true
 */
export function eventOf(
  what: {
    readonly indicator: string;
    readonly adapter?: string | undefined;
    readonly scale?: number | undefined;
  },
  isNamed = true,
): string {
  const { indicator, adapter, scale } = what;
  const words = eventWords(indicator, adapter);
  const factor = scale === undefined || scale === 1 ? "" : ` ×${scale}`;
  return adapter === undefined || !isNamed ? `${words}${factor}` : `${words} (${adapter})`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
