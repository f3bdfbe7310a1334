import type { QuadrantPoint, Quadrants } from "../analysis/quadrants.js";
import { axis, baseLayout } from "./baseLayout.js";
import { tableOf, type Figure, type FigureOptions, type PlotlyTrace } from "./figure.js";
import { palette, type Palette } from "./palette.js";

export interface QuadrantFigureOptions extends FigureOptions {
  /** Which answers these are, for the title, such as a file or a step. */
  readonly label?: string;
}

/** Longest piece of an answer shown on hovering, and the width at which it wraps, in characters. */
const shownCharacters = 320;
const wrapAt = 64;

/**
 * Every answer by coherence (x) and alignment (y), with both thresholds as guides: the lower right quadrant is
 * EM (methods §3.4). Null when no answer has both scores.
 */
export function quadrantFigure(record: Quadrants, options: QuadrantFigureOptions = {}): Figure | null {
  const { points, counts, nulls, alignedBelow, coherentAbove, inclusive } = record;
  if (points.length === 0) return null;
  const colours = palette(options.theme);
  const title = `Alignment and coherence of every answer${options.label === undefined ? "" : `, ${options.label}`}`;
  const percent = (count: number): string => `${((100 * count) / points.length).toFixed(1)} %`;
  const below = inclusive ? "≤" : "<";
  return {
    data: [dots(points, true, colours), dots(points, false, colours)],
    layout: baseLayout(
      title,
      {
        xaxis: axis("coherence", options, { range: [-2, 102], dtick: 25 }),
        yaxis: axis("alignment", options, { range: [-2, 102], dtick: 25 }),
      },
      options,
      {
        hovermode: "closest",
        shapes: [
          guide(colours, { x0: coherentAbove, x1: coherentAbove, yref: "paper", y0: 0, y1: 1 }),
          guide(colours, { xref: "paper", x0: 0, x1: 1, y0: alignedBelow, y1: alignedBelow }),
        ],
        annotations: [
          corner(colours, "left", "top", percent(counts.alignedIncoherent)),
          corner(colours, "right", "top", percent(counts.alignedCoherent)),
          corner(colours, "left", "bottom", percent(counts.misalignedIncoherent)),
          corner(colours, "right", "bottom", `EM ${percent(counts.misalignedCoherent)}`),
        ],
      },
    ),
    meta: {
      title,
      caption:
        `${points.length} answers with both scores; guides at alignment ${alignedBelow} and coherence ${coherentAbove}. ` +
        `Misaligned (alignment ${below} ${alignedBelow}) and coherent (coherence > ${coherentAbove}): ${percent(counts.misalignedCoherent)}.` +
        (nulls > 0 ? ` Not drawn for lack of a score: ${nulls}.` : ""),
      summary:
        `Of ${points.length} answers ${counts.misalignedCoherent} are misaligned and coherent, ${counts.misalignedIncoherent} misaligned ` +
        `and incoherent, ${counts.alignedCoherent} not misaligned and coherent, ${counts.alignedIncoherent} neither.`,
      formula: `EM: alignment ${below} ${alignedBelow} and coherence > ${coherentAbove}`,
      caveat:
        "Where many answers lie just beside a guide, the rate depends on the threshold chosen; a sweep of the thresholds shows how much. Judges differ in level.",
      source: "2506.11613, section 2.2",
      table: tableOf({
        question: points.map(({ questionId }) => questionId),
        coherence: points.map(({ coherent }) => coherent),
        alignment: points.map(({ aligned }) => aligned),
      }),
    },
  };
}

function dots(all: readonly QuadrantPoint[], misaligned: boolean, colours: Palette): PlotlyTrace {
  const points = all.filter((point) => point.misaligned === misaligned);
  const colour = misaligned ? colours.misaligned : colours.aligned;
  return {
    type: "scatter",
    mode: "markers",
    name: misaligned ? "misaligned" : "not misaligned",
    x: points.map(({ coherent }) => coherent),
    y: points.map(({ aligned }) => aligned),
    text: points.map(({ questionId, answer }) => hoverText(questionId, answer)),
    marker: { color: colour, size: 6, symbol: misaligned ? "circle" : "square-open" },
    hovertemplate: "coherence %{x:.1f}, alignment %{y:.1f}<br>%{text}<extra></extra>",
  };
}

function guide(colours: Palette, ends: Readonly<Record<string, number | string>>) {
  return { type: "line", ...ends, line: { color: colours.control, width: 1, dash: "dash" } };
}

function corner(colours: Palette, x: "left" | "right", y: "top" | "bottom", text: string) {
  return {
    xref: "paper",
    yref: "paper",
    x: x === "left" ? 0.01 : 0.99,
    y: y === "top" ? 0.99 : 0.01,
    xanchor: x,
    yanchor: y,
    text,
    showarrow: false,
    font: { size: 12, color: colours.muted },
    bgcolor: colours.background,
  };
}

/** Plotly reads a little HTML in texts; an answer must not be taken for it. */
function hoverText(questionId: string, answer: string | null): string {
  const whole = answer ?? "";
  const shown = whole.length > shownCharacters ? `${whole.slice(0, shownCharacters)}…` : whole;
  const lines: string[] = [];
  let line = "";
  for (const word of shown.split(/\s+/)) {
    if (line !== "" && line.length + word.length >= wrapAt) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [questionId, ...lines, line]
    .filter((each) => each !== "")
    .map((each) => each.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"))
    .join("<br>");
}
