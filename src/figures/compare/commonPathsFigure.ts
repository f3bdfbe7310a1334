import { axis, baseLayout } from "../style/baseLayout.js";
import { runStyle } from "../style/runStyles.js";
import { shortNames } from "../style/shortNames.js";
import { stepRangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";

/** Paths of several runs in the components of all their points together. */
export interface CommonPaths {
  /** What they are paths of, by the names of the modules. */
  readonly place: string;
  /** Shares of the total variance, of the two components. */
  readonly explainedVarianceRatio: readonly number[];
  readonly paths: readonly {
    readonly id: string;
    readonly steps: readonly number[];
    readonly x: readonly number[];
    readonly y: readonly number[];
  }[];
}

/** Draws paths of ΔW of several runs in their common principal components, on equal axes, each in the style of its run. */
export function commonPathsFigure(
  { place, explainedVarianceRatio, paths }: CommonPaths,
  options: FigureOptions & {
    /** Place of each run in the comparison, which says how it is drawn. @default that among the paths */
    readonly placeOf?: (id: string) => number;
  } = {},
): Figure {
  const title = `Paths of ΔW in common components: ${place}`;
  const labels = shortNames(paths.map(({ id }) => id));
  const share = (index: number): string =>
    `component ${index + 1} (${(100 * (explainedVarianceRatio[index] ?? NaN)).toFixed(1)} %)`;
  return {
    data: paths.map(({ id, steps, x, y }, index) => {
      const { color, dash, symbol } = runStyle(options.placeOf?.(id) ?? index, options);
      return {
        type: "scatter",
        mode: "lines+markers",
        name: labels[index] ?? id,
        x: withGaps(x),
        y: withGaps(y),
        customdata: steps,
        line: { color, width: 2, dash },
        // The end of each path bears its marker.
        marker: { color, symbol, size: steps.map((_, at) => (at === steps.length - 1 ? 10 : 3)) },
        hovertemplate: "step %{customdata}",
      };
    }),
    layout: baseLayout(
      title,
      {
        xaxis: axis(share(0), options),
        yaxis: axis(share(1), options, { scaleanchor: "x" }),
      },
      options,
      { hovermode: "closest" },
    ),
    meta: {
      title,
      caption: `Paths of ΔW of ${paths.length} runs (${paths.map(({ id, steps }) => `${id}, ${stepRangeWords(steps)}`).join("; ")}) in the first two principal components of all their points together; the large marker is the end.`,
      summary: paths
        .map(
          ({ id, x, y }) =>
            `${id} ends at ${(x.at(-1) ?? NaN).toPrecision(3)}, ${(y.at(-1) ?? NaN).toPrecision(3)}`,
        )
        .join("; "),
      formula:
        "PCA of the updates of all runs, by the Gram matrix of ⟨ΔW, ΔW'⟩, centred; axes of equal scale",
      caveat:
        "Runs that differ fill the components with their differences: a path can look straight here and turn in its own components.",
      source: "2506.11613, figure 8, for one run",
      table: tableOf({
        run: paths.flatMap(({ id, steps }) => steps.map(() => id)),
        step: paths.flatMap(({ steps }) => steps),
        "component 1": paths.flatMap(({ x }) => x),
        "component 2": paths.flatMap(({ y }) => y),
      }),
    },
  };
}
