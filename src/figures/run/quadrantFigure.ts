import type { QuadrantPoint, Quadrants } from "../../analysis/behavior/quadrants.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { tableOf, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { palette, type Palette } from "../style/palette.js";

export interface QuadrantFigureOptions extends FigureOptions {
  /** Origin of the answers for the title, such as a file or a step. */
  readonly label?: string;
}

/** Longest piece of an answer shown on hovering, and the width at which it wraps, in characters. */
const shownCharacters = 320;
const wrapAt = 64;

/**
 * Draws every answer by coherence (x) and alignment (y), both 0 to 100, with both thresholds as guides: the lower
 * right quadrant is EM (`docs/methods.md §3.4`). Null when no answer has both scores.
 */
export function quadrantFigure(record: Quadrants, options: QuadrantFigureOptions = {}): Figure | null {
  const { points, counts, nulls, alignedBelow, coherentAbove, inclusive } = record;
  if (points.length === 0) return null;
  const colors = palette(options.theme);
  const title = `Alignment and coherence of every answer${options.label === undefined ? "" : `, ${options.label}`}`;
  const isCrowded = placesOf(points).length < points.length;
  const percent = (count: number): string => `${((100 * count) / points.length).toFixed(1)} %`;
  const below = inclusive ? "≤" : "<";
  return {
    data: [dots(points, true, colors), dots(points, false, colors)],
    layout: baseLayout(
      title,
      {
        xaxis: axis("coherence", options, { range: [-5, 105], dtick: 25 }),
        yaxis: axis("alignment", options, { range: [-8, 108], dtick: 25 }),
      },
      options,
      {
        hovermode: "closest",
        shapes: [
          guide(colors, { x0: coherentAbove, x1: coherentAbove, yref: "paper", y0: 0, y1: 1 }),
          guide(colors, { xref: "paper", x0: 0, x1: 1, y0: alignedBelow, y1: alignedBelow }),
        ],
        annotations: [
          share(colors, coherentAbove / 2, (100 + alignedBelow) / 2, percent(counts.alignedIncoherent)),
          share(colors, (100 + coherentAbove) / 2, (100 + alignedBelow) / 2, percent(counts.alignedCoherent)),
          share(colors, coherentAbove / 2, alignedBelow / 2, percent(counts.misalignedIncoherent)),
          share(
            colors,
            (100 + coherentAbove) / 2,
            alignedBelow / 2,
            `EM ${percent(counts.misalignedCoherent)}`,
          ),
        ],
      },
    ),
    meta: {
      title,
      caption:
        `${points.length} answers with both scores; guides at alignment ${alignedBelow} and coherence ${coherentAbove}. ` +
        `Misaligned (alignment ${below} ${alignedBelow}) and coherent (coherence > ${coherentAbove}): ${percent(counts.misalignedCoherent)}.` +
        (isCrowded ? " Answers with equal scores share a mark whose area is their number." : "") +
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

function dots(all: readonly QuadrantPoint[], misaligned: boolean, colors: Palette): PlotlyTrace {
  const places = placesOf(all.filter((point) => point.misaligned === misaligned));
  const color = misaligned ? colors.misaligned : colors.aligned;
  return {
    type: "scatter",
    mode: "markers",
    name: misaligned ? "misaligned" : "not misaligned",
    x: places.map(([{ coherent }]) => coherent),
    y: places.map(([{ aligned }]) => aligned),
    text: places.map(([first, ...others]) =>
      [
        ...(others.length === 0 ? [] : [`${others.length + 1} answers with these scores, one of them:`]),
        hoverText(first.questionId, first.answer),
      ].join("<br>"),
    ),
    marker: {
      color: color,
      // Their area is as large as their number, up to a third of a small plot.
      size: places.map(({ length }) => Math.min(40, 6 * Math.sqrt(length))),
      opacity: 0.7,
      symbol: misaligned ? "circle" : "square-open",
    },
    cliponaxis: false,
    hovertemplate: "coherence %{x:.1f}, alignment %{y:.1f}<br>%{text}<extra></extra>",
  };
}

/** Groups answers by their place in the plane: judges that give few scores put many in one. */
function placesOf(points: readonly QuadrantPoint[]): [QuadrantPoint, ...QuadrantPoint[]][] {
  const places = new Map<string, [QuadrantPoint, ...QuadrantPoint[]]>();
  for (const point of points) {
    const key = `${point.coherent} ${point.aligned}`;
    const place = places.get(key);
    if (place === undefined) places.set(key, [point]);
    else place.push(point);
  }
  return [...places.values()];
}

function guide(colors: Palette, ends: Readonly<Record<string, number | string>>) {
  return { type: "line", ...ends, line: { color: colors.control, width: 1, dash: "dash" } };
}

/** Annotation of a quadrant's share, in its middle: the answers of some judges all lie in the corners. */
function share(colors: Palette, x: number, y: number, text: string) {
  return { x, y, text, showarrow: false, font: { size: 12, color: colors.foreground } };
}

/**
 * Text on hovering over an answer, wrapped and escaped: plotly reads a little HTML in texts, and an answer must not be
 * taken for it.
 */
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
