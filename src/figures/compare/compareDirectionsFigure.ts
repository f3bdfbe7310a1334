import { axis, baseLayout } from "../style/baseLayout.js";
import { tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { shortNames } from "../style/shortNames.js";
import { palette } from "../style/palette.js";

/** Directions of several runs, and the cosine of every two of them. */
export interface ComparedDirections {
  /** Kind of direction: "ΔW of layers.2.mlp.down_proj", for the title and the caption. */
  readonly what: string;
  readonly runs: readonly string[];
  /** Step of each run that its direction was taken at. */
  readonly steps: readonly number[];
  /** `[nRuns][nRuns]`; NaN where a direction is zero or two do not fit. */
  readonly values: readonly (readonly number[])[];
  /** Standard deviation of the cosine of two random directions: 1/√d. */
  readonly randomCosine: number;
  readonly formula: string;
  readonly caveat: string;
  readonly source: string;
}

/** Most runs whose cells have room for numbers. */
const mostNumbered = 10;

/** Draws the pairwise cosines of the directions of several runs as a map with numbers. Null for fewer than two runs. */
export function compareDirectionsFigure(
  { what, runs, steps, values, randomCosine, formula, caveat, source }: ComparedDirections,
  options: FigureOptions = {},
): Figure | null {
  if (runs.length < 2) return null;
  const title = `Cosine between runs: ${what}`;
  const labels = runs.map((run, index) => `${run}, step ${steps[index] ?? NaN}`);
  const shortened = shortNames(runs);
  // Numbers, since two runs may carry one name; names are the ticks.
  const places = runs.map((_, index) => index);
  const ticks = { tickmode: "array", tickvals: places, showgrid: false, ticks: "" } as const;
  return {
    data: [
      {
        type: "heatmap",
        name: "cosine",
        x: places,
        y: places,
        z: values.map((row) => withGaps(row)),
        text: values.map((row) => row.map(cosineWords)),
        // In smaller cells the numbers would not be legible; the colour, the pointer and the table tell them.
        ...(runs.length > mostNumbered ? {} : { texttemplate: "%{text}" }),
        // Perceptually even and readable without colour vision; grey where two directions are at right angles.
        colorscale: "Cividis",
        zmin: -1,
        zmax: 1,
        xgap: 1,
        ygap: 1,
        hoverongaps: false,
        hovertemplate: "%{z:.4f}<extra></extra>",
        colorbar: { title: { text: "cosine", side: "right" }, thickness: 12 },
      },
    ],
    layout: baseLayout(
      title,
      {
        xaxis: axis("", options, { ...ticks, ticktext: shortened, constrain: "domain", automargin: true }),
        yaxis: axis("", options, {
          ...ticks,
          ticktext: shortened.map((run, index) => `${run}, step ${steps[index] ?? NaN}`),
          autorange: "reversed",
          scaleanchor: "x",
          constrain: "domain",
          automargin: true,
        }),
      },
      options,
      { hovermode: "closest", showlegend: false, plot_bgcolor: palette(options.theme).band },
    ),
    meta: {
      title,
      caption:
        `Cosine of ${what} between ${runs.length} runs (${labels.join("; ")}). ` +
        `Two random directions of this size: 0 ± ${Number(randomCosine.toPrecision(2))}. Grey: not defined, or zero.`,
      summary: pairsOf(runs, values)
        .map(({ one, other, value }) => `${one} and ${other}: ${cosineWords(value)}`)
        .join("; "),
      formula,
      caveat,
      source,
      table: tableOf({
        run: pairsOf(runs, values).map(({ one }) => one),
        with: pairsOf(runs, values).map(({ other }) => other),
        step: pairsOf(runs, values).map(({ at }) => steps[at[0]] ?? NaN),
        "step of the other": pairsOf(runs, values).map(({ at }) => steps[at[1]] ?? NaN),
        cosine: pairsOf(runs, values).map(({ value }) => value),
      }),
    },
  };
}

/** Pairs of runs, each once, with their cosine and their place in the map. */
function pairsOf(
  runs: readonly string[],
  values: readonly (readonly number[])[],
): { one: string; other: string; value: number; at: readonly [number, number] }[] {
  return runs.flatMap((one, row) =>
    runs.slice(row + 1).map((other, offset) => {
      const column = row + 1 + offset;
      return { one, other, value: values[row]?.[column] ?? NaN, at: [row, column] as const };
    }),
  );
}

/** Cosine in words: two decimals with a typographic minus sign; "–" for what is undefined. */
function cosineWords(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(2);
  return (text === "-0.00" ? "0.00" : text).replace("-", "−");
}
