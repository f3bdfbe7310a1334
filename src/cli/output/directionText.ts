import type { Direction, MadeFrom } from "../../analysis/directions/direction.js";
import type { KnownDirection } from "../../pipeline/directions/runDirections.js";
import type {
  DirectionCosines,
  LayerCosines,
  UpdateOverlap,
} from "../../pipeline/directions/directionTables.js";
import type { DownstreamCosines } from "../../pipeline/interventions/downstream.js";
import { textTable } from "./tables/textTable.js";
import { commandLine } from "../../hints.js";

/** Says in a sentence what made a direction. */
export function madeFromWords(madeFrom: MadeFrom): string {
  switch (madeFrom.kind) {
    case "meanDifference": {
      const { answers } = madeFrom;
      if (answers === undefined) return "mean over misaligned less mean over aligned answers";
      const { misaligned, aligned, tokens, weighting, filters, from } = answers;
      const conditions = filters.length === 0 ? "" : `, ${filters.join(", ")}`;
      return (
        `mean over ${misaligned} misaligned less mean over ${aligned} aligned answers of ${from}${conditions}; ` +
        `${tokenWords[tokens]}, ${weighting === "tokens" ? "every token alike" : "every answer alike"}`
      );
    }
    case "personas": {
      const { misalignedPrompts, alignedPrompts, questions, tokens } = madeFrom.answers;
      const where = tokens === "prompt" ? "the last token of the prompt" : "answers";
      return `${where} under ${misalignedPrompts.length} misaligned less ${alignedPrompts.length} aligned system prompts, ${questions} questions`;
    }
    case "probe":
      return "weights of a linear probe, from aligned to misaligned answers";
    case "B":
      return `what ${madeFrom.modulePath} writes; its sign means nothing without that of A`;
    case "vector":
      return `the vector that was trained after ${madeFrom.modulePath}`;
    case "file":
      return `tensor ${madeFrom.tensor} of a file`;
  }
}

const tokenWords = {
  response: "tokens of the answer",
  turn: "tokens of the answer's turn with its header",
  question: "tokens of the question",
} as const;

/** A direction after all its layers as lines for the terminal. */
export function directionText(directions: readonly Direction[]): string {
  const [first] = directions;
  if (first === undefined) return "no directions";
  return [
    `${first.name}, in step ${first.step}: ${madeFromWords(first.madeFrom)}`,
    textTable([
      ["layer", "length", "split halves agree"],
      ...directions.map(({ layer, unit, splitHalfCosine }) => [
        String(layer),
        unit.toPrecision(4),
        cosineWords(splitHalfCosine),
      ]),
    ]),
    "(split halves: cosine between the directions of two random halves of what it was made from)",
  ].join("\n\n");
}

/** The directions of a run as a table. */
export function directionsText(known: readonly (KnownDirection & { readonly madeFrom: MadeFrom })[]): string {
  if (known.length === 0) return `no directions: find some with ${commandLine("direction", "find", "<run>")}`;
  return textTable([
    ["name", "layers", "steps", "made from"],
    ...known.map(({ id, layers, steps, madeFrom }) => [
      id,
      rangeWords(layers),
      rangeWords(steps),
      madeFromWords(madeFrom),
    ]),
  ]);
}

/** Cosines between the layers of a direction as a table. */
export function layerCosinesText({ layers, cosines, randomCosine }: LayerCosines): string {
  return [
    "cosine between layers",
    textTable([
      ["layer", ...layers.map(String)],
      ...cosines.map((row, index) => [String(layers[index] ?? NaN), ...row.map(cosineWords)]),
    ]),
    floorWords(randomCosine),
  ].join("\n");
}

/** Cosines between directions as a table, a row a layer. */
export function directionCosinesText({ pairs, randomCosine }: DirectionCosines): string {
  const layers = [...new Set(pairs.flatMap((pair) => pair.layers))].sort((one, other) => one - other);
  return [
    textTable([
      ["layer", ...pairs.map(({ one, other }) => `${one} · ${other}`)],
      ...layers.map((layer) => [
        String(layer),
        ...pairs.map((pair) => cosineWords(pair.cosines[pair.layers.indexOf(layer)])),
      ]),
    ]),
    floorWords(randomCosine),
  ].join("\n");
}

/** Overlaps of updates as a table, a row a module. */
export function updateOverlapsText(overlaps: readonly UpdateOverlap[]): string {
  return [
    textTable([
      [
        "module",
        "writes into: overlap (random)",
        "largest cosine",
        "reads from: overlap (random)",
        "largest cosine",
      ],
      ...overlaps.map(({ modulePath, output, input }) => [
        modulePath,
        ...[output, input].flatMap(({ overlap, randomOverlap, cosines }) => [
          `${cosineWords(overlap)} (${cosineWords(randomOverlap)})`,
          cosineWords(cosines[0]),
        ]),
      ]),
    ]),
    "(overlap: share of the smaller subspace that lies in the other, the mean of the squared cosines of the principal angles)",
  ].join("\n");
}

/** Cosines of what steering and what training change, as tables; a cosine beyond all random ones is said to be. */
export function downstreamText(
  { name, layer, strength }: { readonly name: string; readonly layer: number; readonly strength: number },
  results: readonly DownstreamCosines[],
): string {
  const tables = results.map(({ over, n, layers }) =>
    [
      `over ${n} ${over}`,
      textTable([
        ["layer", "cosine", "95 %", "random directions", "beyond all of them"],
        ...layers.map((each) => {
          const { value, interval } = each.cosine;
          const [low, high] = [Math.min(...each.random), Math.max(...each.random)];
          const isBeyond = interval[0] > high || interval[1] < low;
          return [
            String(each.layer),
            cosineWords(value),
            `[${interval.map(cosineWords).join(", ")}]`,
            `${cosineWords(low)} … ${cosineWords(high)}`,
            isBeyond ? "yes" : "no",
          ];
        }),
      ]),
    ].join("\n"),
  );
  return [
    `cosine of what adding ${name} after layer ${layer} changes, ${strength} residual norms long, with what training changed`,
    ...tables,
    "(95 % over texts; beyond: the whole interval lies outside the range of the random directions)",
  ].join("\n\n");
}

function floorWords(randomCosine: number): string {
  return `(random directions: 0 give or take ${randomCosine.toFixed(3)}, one standard deviation)`;
}

function cosineWords(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value.toFixed(3).replace("-", "−");
}

function rangeWords(values: readonly number[]): string {
  const [first, last] = [values[0], values.at(-1)];
  return values.length <= 3 ? values.join(", ") : `${first ?? NaN} to ${last ?? NaN} (${values.length})`;
}
