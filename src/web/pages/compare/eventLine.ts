import type { ServedComparison } from "../../../server/schemas/compare.js";
import { intervalWords } from "../../parts/numberWords.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/** Verdicts of the control test, in a word or two. */
export const controlWords = {
  specific: "specific",
  shared: "shared with the control",
  cannotTell: "control: cannot tell",
} as const;

/** Size of a line, and the height that one kind of event has in it, in pixels. */
const [width, lane, margin] = [260, 7, 6];

/** Stretch of steps that all lines of a table share. */
export interface EventScale {
  readonly first: number;
  readonly last: number;
}

/** The stretch from the first to the last step of any run. */
export function eventScale(runs: ServedComparison["runs"]): EventScale {
  const steps = runs.flatMap(({ steps: own }) => own ?? []);
  return { first: Math.min(...steps, Infinity), last: Math.max(...steps, 0) };
}

/**
 * Draws the turns of a run on a line of steps: a point and its interval for each, one kind of event below the other, in
 * the order of the table's columns. Filled is what the control does not share, or was held against none.
 */
export function eventLine(
  { numbers, runs, pending }: Pick<ServedComparison, "numbers" | "runs" | "pending">,
  place: number,
  { first, last }: EventScale,
): SVGSVGElement {
  const events = numbers.filter(({ event }) => event !== null);
  const height = Math.max(1, events.length) * lane + 2;
  const svg = svgElement("svg", {
    ...{ class: "event-line", viewBox: `0 0 ${width} ${height}`, role: "img" },
    ...{ width: String(width), height: String(height) },
  });
  const at = (step: number): number =>
    margin + ((width - 2 * margin) * (step - first)) / Math.max(1, last - first);
  const words: string[] = [];
  for (const [index, { event, title, cells }] of events.entries()) {
    const { estimate = null, againstControl = null } = cells[place] ?? {};
    if (estimate === null) continue;
    const y = String(index * lane + lane / 2 + 1);
    const verdict = againstControl === null ? "" : `, ${controlWords[againstControl]}`;
    const said = `${title} at ${estimate.value} ${intervalWords(estimate.low, estimate.high)}${verdict}`;
    words.push(said);
    const group = svgElement("g", { class: event === "behavior" ? "behavior" : "mechanism" });
    const name = svgElement("title", {});
    name.textContent = said;
    group.append(
      name,
      svgElement("line", {
        ...{ x1: String(at(estimate.low)), x2: String(at(estimate.high)), y1: y, y2: y },
      }),
      svgElement("circle", {
        ...{ cx: String(at(estimate.value)), cy: y, r: "3" },
        class: againstControl === "shared" ? "open" : "full",
      }),
    );
    svg.append(group);
  }
  const isPending = pending.includes(runs[place]?.id ?? "");
  const none = isPending ? "still being analysed" : "no turn";
  svg.setAttribute("aria-label", words.length === 0 ? none : words.join("; "));
  return svg;
}

function svgElement<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
