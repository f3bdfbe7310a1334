import { textWidth, wrappedText } from "../style/textWidth.js";
import { at, escaped, plainText } from "../style/plotlyValues.js";

/** Shares of the size of a text: its height above the line, below it, and the distance of two lines. */
const ascent = 0.93;
const descent = 0.24;
const leading = 1.22;

export type Anchor = "start" | "middle" | "end";

/** Style of a text. */
export interface TextStyle {
  readonly size: number;
  readonly color: string;
  /** @default "start" */
  readonly anchor?: Anchor;
  /** @default "normal" */
  readonly weight?: "normal" | "bold";
  /** Colour around the letters, for a text over curves. @default none */
  readonly halo?: string;
}

/** Height of some lines, from the top of the first to the foot of the last. */
export function linesHeight(lines: number, size: number): number {
  return lines === 0 ? 0 : ((lines - 1) * leading + ascent + descent) * size;
}

/** Lines of a text of plotly's that fit into a width. */
export function linesOf(
  text: string,
  width: number,
  { size, weight }: Pick<TextStyle, "size" | "weight">,
): string[] {
  return wrappedText(plainText(text), width, size, weight);
}

/** Draws lines as one text, whose first line is as high as its top says. */
export function linesSvg(lines: readonly string[], x: number, top: number, style: TextStyle): string {
  const { size, color, anchor = "start", weight = "normal", halo } = style;
  if (lines.length === 0) return "";
  const y = top + ascent * size;
  const attributes = `font-size="${at(size)}" fill="${color}"${anchor === "start" ? "" : ` text-anchor="${anchor}"`}${weight === "bold" ? ' font-weight="600"' : ""}${halo === undefined ? "" : ` stroke="${halo}" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"`}`;
  const [only] = lines;
  if (lines.length === 1 && only !== undefined)
    return `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escaped(only)}</text>`;
  const spans = lines.map(
    (line, index) => `<tspan x="${at(x)}" y="${at(y + index * leading * size)}">${escaped(line)}</tspan>`,
  );
  // A space between lines, so that words stay apart where the text is copied or read out.
  return `<text ${attributes}>${spans.join(" ")}</text>`;
}

/** Draws lines that read upwards, in the middle of a stretch; the first is leftmost. */
export function upwardLinesSvg(
  lines: readonly string[],
  left: number,
  middle: number,
  style: Omit<TextStyle, "anchor">,
): string {
  return lines
    .map((line, index) => {
      const x = left + (ascent + index * leading) * style.size;
      const weight = style.weight === "bold" ? ' font-weight="600"' : "";
      return `<text transform="translate(${at(x)} ${at(middle)}) rotate(-90)" text-anchor="middle" font-size="${at(style.size)}" fill="${style.color}"${weight}>${escaped(line)}</text>`;
    })
    .join("");
}

/** One thing of a flow, such as an entry of a legend. */
export interface FlowItem {
  /** Room before the text, for a mark. */
  readonly lead: number;
  readonly text: string;
}

/** Place of a thing of a flow: left edge and top of its first line, and its lines. */
export interface FlowPlace<T> {
  readonly item: T;
  readonly left: number;
  readonly top: number;
  readonly lines: readonly string[];
}

/** Things beside each other, as many as fit, in rows under each other; a text wider than a row is wrapped. */
export function flowed<T extends FlowItem>(
  items: readonly T[],
  width: number,
  size: number,
): { readonly places: readonly FlowPlace<T>[]; readonly height: number } {
  const gap = 1.4 * size;
  const places: FlowPlace<T>[] = [];
  let [left, top, height] = [0, 0, 0];
  for (const item of items) {
    const lines = linesOf(item.text, width - item.lead, { size });
    const needed = item.lead + Math.max(0, ...lines.map((line) => textWidth(line, size)));
    if (left > 0 && left + needed > width) {
      [left, top] = [0, top + height + 0.2 * size];
      height = 0;
    }
    places.push({ item, left, top, lines });
    height = Math.max(height, linesHeight(lines.length, size));
    left += needed + gap;
  }
  return { places, height: top + height };
}
