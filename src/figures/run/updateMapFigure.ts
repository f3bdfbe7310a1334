import type { Analysis } from "../../analysis/analysisRecord.js";
import {
  carriers,
  type AdapterOfUpdate,
  type WholeUpdate,
} from "../../analysis/geometry/whole/wholeUpdate.js";
import { partVerdict, turningWords } from "../../analysis/transitions/rotation/turningParts.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { palette } from "../style/palette.js";
import { percentWords } from "../style/percentWords.js";

/** Quantity that the colours of the map can show. */
interface MapQuantity {
  /** Names its trace. */
  readonly name: string;
  /** Title of the colour bar. */
  readonly title: string;
  readonly of: (adapter: AdapterOfUpdate) => number;
  /** Values of the ends of the scale. @default 0, and the largest */
  readonly range?: (whole: WholeUpdate) => readonly [number, number];
}

const quantities: readonly MapQuantity[] = [
  { name: "share", title: "% of ‖ΔW‖²", of: ({ share }) => 100 * share },
  { name: "bend", title: "largest bend (°)", of: ({ bend }) => bend?.value ?? NaN },
  {
    name: "step",
    title: "step of the largest bend",
    of: ({ bend }) => bend?.step ?? NaN,
    range: ({ steps }) => [steps[0] ?? 0, steps.at(-1) ?? 1],
  },
];

/**
 * Draws where the update of a whole model lies and where it bends, as a map of layers and projections: one trace a
 * quantity (share, bend, step of the bend), of which the first is visible. Null for runs with few adapters, or where no
 * module's path names a layer.
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
  const largest = carriers(whole, 3).map(({ name, share }) => `${name} ${percentWords(share)}`);
  const bent = placed
    .filter(({ bend }) => bend !== null)
    .toSorted((one, other) => (other.bend?.value ?? 0) - (one.bend?.value ?? 0))
    .slice(0, 3)
    .map((cell) => `${cell.name} (${bendWords(cell)})`);
  return {
    data: quantities.map(({ name, title: barTitle, of, range }, index): PlotlyTrace => ({
      type: "heatmap",
      name,
      visible: index === 0,
      x: projections,
      y: layers,
      z: cells.map((row) => withGaps(row.map((cell) => (cell === undefined ? NaN : of(cell))))),
      text: cells.map((row) => row.map((cell) => (tested.get(cell?.name ?? "")?.turns === true ? "●" : ""))),
      texttemplate: "%{text}",
      textfont: { color: misalignedText },
      // For readouts: the adapter, its share and norm in words, its largest bend; pages choose an adapter by its name.
      customdata: cells.map((row) =>
        row.map((cell) =>
          cell === undefined
            ? ["", "", ""]
            : [cell.name, sizeWords(cell), `${bendWords(cell)}, ${partVerdict(tested.get(cell.name))}`],
        ),
      ),
      meta: { cells: "adapters" },
      colorscale: scale.map((color, place) => [place / (scale.length - 1), color]),
      ...scaleEnds(range?.(whole) ?? [0, largestOf(placed.map(of))]),
      xgap: 1,
      ygap: 1,
      hoverongaps: false,
      hovertemplate: "%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
      colorbar: { title: { text: barTitle, side: "right", font: { size: 12 } }, thickness: 12 },
    })),
    layout: baseLayout(
      title,
      {
        xaxis: axis("", options, { type: "category", showgrid: false }),
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
        `Colour: share of each of ${placed.length} adapters in ‖ΔW‖² of the whole model at step ${last}, or size or step of its largest bend over ${whole.bendWindow} steps to either side. ` +
        `Largest: ${largest.join(", ")}. Bent most: ${bent.join(", ")}. ` +
        `By blocks: ${whole.blocks.map(({ name, share }) => `${name} ${percentWords(share)}`).join(", ")}. ` +
        `Marked: ${turningWords(whole)}`,
      summary: `Most of the update lies in ${largest.join(", ")}; ${bent.length === 0 ? "no bend can be measured" : `most bent are ${bent.join(", ")}`}.`,
      formula:
        "‖ΔW_m‖² / Σ ‖ΔW‖², ΔW = s·B·A, from traces of (BᵀB)(AAᵀ); bend = angle between the movements before and after a step",
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

function scaleEnds([zmin, zmax]: readonly [number, number]): {
  readonly zmin: number;
  readonly zmax: number;
} {
  return { zmin, zmax };
}

function largestOf(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}

function sizeWords({ share, norm }: AdapterOfUpdate): string {
  return `${percentWords(share)} of ‖ΔW‖², ‖ΔW‖ ${norm.toPrecision(3)}`;
}

function bendWords({ bend }: AdapterOfUpdate): string {
  return bend === null ? "no bend to measure" : `${bend.value.toFixed(0)}° at step ${bend.step}`;
}
