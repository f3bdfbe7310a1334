import { landscapeNormWords, landscapeSentences } from "../../analysis/landscape/landscapeWords.js";
import type { LandscapeReport, RunLandscape } from "../../analysis/landscape/compareLandscapes.js";
import type { Estimate } from "../../analysis/landscape/measuredLandscape.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import { palette } from "../style/palette.js";
import { runStyle, type RunStyle } from "../style/runStyles.js";

const source = "2602.07852";

/** Draws efficiency and stability of runs: loss against norm, and degradation against the size of the noise. */
export function landscapeFigures(report: LandscapeReport, options: FigureOptions = {}): Figure[] {
  const stability = stabilityFigure(report, options);
  return [efficiencyFigure(report, options), ...(stability === null ? [] : [stability])];
}

/** Draws the loss of rescaled solutions against their norm, a line with its band for each run. */
export function efficiencyFigure(report: LandscapeReport, options: FigureOptions = {}): Figure {
  const { runs, norm, trained } = report;
  const colors = palette(options.theme);
  const lines = runs.flatMap(({ name, own: points }, place) =>
    bandedLine(
      points.map((point) => point.norm),
      points.map(({ loss }) => loss),
      name,
      { ...runStyle(place, options), hover: "%{y:.3f} nats" },
    ),
  );
  const own: PlotlyTrace = {
    type: "scatter",
    mode: "markers",
    name: "as trained",
    x: runs.map(({ norms }) => norms[norm]),
    y: withGaps(runs.map(({ loss }) => loss.value)),
    marker: {
      color: colors.foreground,
      size: 9,
      symbol: "x-thin",
      line: { color: colors.foreground, width: 2 },
    },
    hovertemplate: "%{y:.3f} nats",
  };
  const title = "Loss of rescaled solutions";
  const rows = runs.flatMap(({ name, own: points }) => points.map((point) => ({ run: name, ...point })));
  return {
    data: [...lines, own],
    layout: baseLayout(
      title,
      {
        xaxis: axis(landscapeNormWords[trained][norm], options),
        yaxis: axis("loss (nats per answer token)", options),
      },
      options,
      { hovermode: "closest" },
    ),
    meta: {
      title,
      caption: `${sampleWords(runs)}; bands: 95 % of resampled conversations. Every run at multiples of its own norm.`,
      summary: landscapeSentences(report).join(" "),
      formula:
        trained === "vectors"
          ? "x + f·α·v after each layer"
          : norm === "update"
            ? "W = W₀ + f·ΔW"
            : "θ = g·(A, B), that is W = W₀ + g²·ΔW",
      caveat:
        (trained === "vectors"
          ? ""
          : "The norm of A and B depends on how a factor is dealt out between them, that of ΔW does not. ") +
        "One run each: other seeds of training are not in the bands.",
      source,
      table: tableOf({
        run: rows.map(({ run }) => run),
        multiple: rows.map(({ multiple }) => multiple),
        norm: rows.map((row) => row.norm),
        ...columnsOf(rows.map(({ loss }) => loss)),
      }),
    },
  };
}

/**
 * Draws the degradation under noise against its size, a line with its band for each run. Null where no noise was measured.
 */
export function stabilityFigure(report: LandscapeReport, options: FigureOptions = {}): Figure | null {
  const { runs } = report;
  const noiseWords = wordsOfNoise[report.trained];
  const shown = runs.filter(({ degradation }) => degradation.length > 0);
  const [first] = shown;
  if (first === undefined) return null;
  const lines = runs.flatMap(({ name, degradation }, place) =>
    degradation.length === 0
      ? []
      : bandedLine(
          degradation.map(({ epsilon }) => epsilon),
          degradation.map((point) => point.degradation),
          name,
          { ...runStyle(place, options), hover: "%{y:.1f} %" },
        ),
  );
  const base: PlotlyTrace = {
    type: "scatter",
    mode: "lines",
    name: "base",
    x: [0, 1],
    y: [100, 100],
    line: { color: palette(options.theme).control, width: 1, dash: "dot" },
    hovertemplate: "the loss of the base",
  };
  const grid = Array.from({ length: 41 }, (_, index) => index / 40);
  const linear: PlotlyTrace = {
    type: "scatter",
    mode: "lines",
    name: noiseWords.linear,
    x: grid,
    y: grid.map(noiseWords.lost),
    line: { color: palette(options.theme).control, width: 1, dash: "dash" },
    hoverinfo: "skip",
  };
  const title = "Loss under noise on the parameters";
  const rows = shown.flatMap(({ name, degradation }) => degradation.map((point) => ({ name, ...point })));
  return {
    data: [...lines, linear, base],
    layout: baseLayout(
      title,
      {
        xaxis: axis("size of the noise, ε", options, { range: [-0.02, 1.02] }),
        yaxis: axis("of what training took off, lost (%)", options),
      },
      options,
    ),
    meta: {
      title,
      caption: `${sampleWords(shown)}; noise of ${first.seeds} seeds at each size, on ${noiseWords.on}; bands: 95 % over seeds and conversations. At 100 % the loss is that of the base.`,
      summary: landscapeSentences(report).join(" "),
      formula: "x' = √(1 − ε²)·x + ε·y, y ⟂ x, ‖y‖ = ‖x‖; 100·(L' − L)/(L_base − L)",
      caveat: noiseWords.caveat,
      source,
      table: tableOf({
        run: rows.map(({ name }) => name),
        epsilon: rows.map(({ epsilon }) => epsilon),
        ...columnsOf(rows.map(({ degradation }) => degradation)),
      }),
    },
  };
}

/** What is said of the noise, and of a loss that is linear in what was trained, by what that is. */
const wordsOfNoise: Readonly<
  Record<
    LandscapeReport["trained"],
    Readonly<Record<"on" | "linear" | "caveat", string>> & { readonly lost: (epsilon: number) => number }
  >
> = {
  adapters: {
    on: "A and B together",
    linear: "a loss linear in ΔW, 100·ε²",
    lost: (epsilon) => 100 * epsilon ** 2,
    caveat:
      "Where the loss falls in proportion to ΔW, 100·ε² is lost: √(1 − ε²) comes off A and off B. What lies below says that the loss had levelled off, as much as that the solution is stable. Noise falls on A and B alike, so that another share of a factor between them takes it otherwise.",
  },
  vectors: {
    on: "v",
    linear: "a loss linear in v, 100·(1 − √(1 − ε²))",
    lost: (epsilon) => 100 * (1 - Math.sqrt(1 - epsilon ** 2)),
    caveat:
      "Where the loss falls in proportion to v, 100·(1 − √(1 − ε²)) is lost. What lies below says that the loss had levelled off, as much as that the solution is stable.",
  },
};

/**
 * Draws a line with its band.
 * @param hover format of a value, as plotly's `hovertemplate`
 */
export function bandedLine(
  places: readonly number[],
  estimates: readonly Estimate[],
  name: string,
  { color, dash, symbol, hover }: RunStyle & { readonly hover: string },
): PlotlyTrace[] {
  return [
    ...confidenceBand(
      places,
      estimates.map(({ interval }) => interval),
      color,
      name,
    ),
    {
      type: "scatter",
      mode: "lines+markers",
      name,
      legendgroup: name,
      x: places,
      y: withGaps(estimates.map(({ value }) => value)),
      line: { color, width: 2, dash },
      marker: { color, size: 5, symbol },
      hovertemplate: hover,
    },
  ];
}

/** Says which conversations losses of runs are of. */
export function sampleWords(runs: readonly RunLandscape[]): string {
  const [first] = runs;
  const isOne = runs.every(({ sample }) => sample.sha256 === first?.sample.sha256);
  return isOne && first !== undefined
    ? `${first.conversations} conversations of ${first.sample.data}, ${first.tokens} answer tokens`
    : `Each run on ${first?.conversations ?? 0} conversations of its own data`;
}

function columnsOf(estimates: readonly Estimate[]): Record<string, readonly number[]> {
  return {
    value: estimates.map(({ value }) => value),
    low: estimates.map(({ interval }) => interval[0]),
    high: estimates.map(({ interval }) => interval[1]),
  };
}
