import type { Analysis } from "../../analysis/analysisRecord.js";
import { carriers, type AdapterOfUpdate } from "../../analysis/geometry/whole/wholeUpdate.js";
import { turningWords, type TestedPart } from "../../analysis/transitions/rotation/turningParts.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";

/**
 * Draws where the update of a whole model lies: the share of every layer and projection, as a map. Null for runs with few
 * adapters, or where no module's path names a layer.
 */
export function updateMapFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const { whole } = analysis;
  const tested = new Map(whole?.turning.parts.map((part) => [part.name, part]));
  const placed = whole?.adapters.filter(({ layer }) => Number.isFinite(layer)) ?? [];
  if (whole === null || placed.length === 0) return null;
  const layers = [...new Set(placed.map(({ layer }) => layer))].sort((one, other) => one - other);
  const projections = [...new Set(placed.map(({ projection }) => projection))];
  const cells = layers.map((layer) =>
    projections.map((projection) =>
      placed.find((each) => each.layer === layer && each.projection === projection),
    ),
  );
  const { scale, foreground, background, muted, misalignedText } = palette(options.theme);
  const title = "Where the update lies";
  const last = whole.steps.at(-1) ?? NaN;
  const largest = carriers(whole, 3).map(({ name, share }) => `${name} ${percent(share)} %`);
  return {
    data: [
      {
        type: "heatmap",
        name: "share",
        x: projections,
        y: layers,
        z: cells.map((row) => withGaps(row.map((cell) => 100 * (cell?.share ?? NaN)))),
        text: cells.map((row) =>
          row.map((cell) => (tested.get(cell?.name ?? "")?.turns === true ? "●" : "")),
        ),
        texttemplate: "%{text}",
        textfont: { color: misalignedText },
        // For readouts: norm, the step and size of the largest bend, and whether it is more than noise.
        customdata: cells.map((row) =>
          row.map((cell) => [
            ...withGaps([cell?.norm ?? NaN]),
            cell === undefined ? "" : `${bendWords(cell)}, ${verdictWords(tested.get(cell.name))}`,
          ]),
        ),
        colorscale: scale.map((color, index) => [index / (scale.length - 1), color]),
        zmin: 0,
        xgap: 1,
        ygap: 1,
        hoverongaps: false,
        hovertemplate:
          "layer %{y}, %{x}: %{z:.2f} % of ‖ΔW‖²<br>‖ΔW‖ %{customdata[0]:.3g}, %{customdata[1]}<extra></extra>",
        colorbar: { title: { text: "% of ‖ΔW‖²", side: "right", font: { size: 12 } }, thickness: 12 },
      },
    ],
    layout: baseLayout(
      title,
      {
        xaxis: axis("projection", options, { type: "category", showgrid: false }),
        yaxis: axis("layer", options, { showgrid: false }),
      },
      options,
      {
        hovermode: "closest",
        showlegend: false,
        hoverlabel: { bgcolor: background, bordercolor: muted, font: { size: 12, color: foreground } },
      },
    ),
    meta: {
      title,
      caption:
        `Share of each of ${placed.length} adapters in ‖ΔW‖² of the whole model at step ${last}. Largest: ${largest.join(", ")}. ` +
        `By blocks: ${whole.blocks.map(({ name, share }) => `${name} ${percent(share)} %`).join(", ")}. ` +
        `Bends are over ${whole.bendWindow} steps to either side. Marked: ${turningWords(whole)}`,
      summary: `Most of the update lies in ${largest.join(", ")}.`,
      formula: "‖ΔW_m‖² / Σ ‖ΔW‖², ΔW = s·B·A, from traces of (BᵀB)(AAᵀ)",
      caveat: `Larger matrices have larger shares of the same change. What is marked comes from a ${whole.turning.method}.`,
      source: "Turncoat",
      table: tableOf({
        adapter: placed.map(({ name }) => name),
        layer: placed.map(({ layer }) => layer),
        projection: placed.map(({ projection }) => projection),
        "% of ‖ΔW‖²": placed.map(({ share }) => 100 * share),
        "‖ΔW‖": placed.map(({ norm }) => norm),
        "length of path": placed.map(({ length }) => length),
        "largest bend": placed.map(({ bend }) => bend?.value ?? NaN),
        "at step": placed.map(({ bend }) => bend?.step ?? NaN),
        "p over all": placed.map(({ name }) => tested.get(name)?.pValue ?? NaN),
      }),
    },
  };
}

function bendWords({ bend }: AdapterOfUpdate): string {
  return bend === null
    ? "no bend to measure"
    : `bends most at step ${bend.step}, by ${bend.value.toFixed(0)}°`;
}

function verdictWords(part: TestedPart | undefined): string {
  if (part?.step == null) return "which noise hides";
  return part.turns ? `more than noise (p ${part.pValue} over all)` : "no more than noise";
}

function percent(share: number): string {
  return Number((100 * share).toPrecision(2)).toString();
}
