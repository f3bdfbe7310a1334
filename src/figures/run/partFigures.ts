import type { Analysis } from "../../analysis/analysisRecord.js";
import type { PartPath } from "../../analysis/geometry/whole/partPath.js";
import type { AdapterOfUpdate } from "../../analysis/geometry/whole/wholeUpdate.js";
import { partVerdict, type TurningParts } from "../../analysis/transitions/rotation/turningParts.js";
import type { Figure, FigureOptions } from "../figure.js";
import { percentWords } from "../style/percentWords.js";
import { projectionErrors, shortName, transitionsOfAdapter, type DrawnPath } from "./chooseAdapter.js";
import { drawnUpdateCosine } from "./cosineToFinalFigure.js";
import { drawnLocalCosine } from "./localCosineFigure.js";
import { drawnUpdateNorm } from "./normsFigure.js";

/** Figure of ΔW of one adapter of many; null for runs with few adapters. */
export type PartFigure = (
  analysis: Analysis,
  part: PartPath | undefined,
  options?: FigureOptions,
) => Figure | null;

/** Draws the norm of ΔW of one adapter of many. */
export const partNormFigure: PartFigure = (analysis, part, options) => {
  const drawn = drawnPart(analysis, part);
  return drawn && drawnUpdateNorm(analysis, drawn, options);
};

/** Draws the local cosine similarity of ΔW of one adapter of many. */
export const partLocalCosineFigure: PartFigure = (analysis, part, options) => {
  const drawn = drawnPart(analysis, part);
  return drawn && drawnLocalCosine(analysis, drawn, options);
};

/** Draws the cosine of ΔW of one adapter of many to its final state. */
export const partCosineFigure: PartFigure = (analysis, part, options) => {
  const drawn = drawnPart(analysis, part);
  return drawn && drawnUpdateCosine(analysis, drawn, options);
};

/** The adapter of many that is drawn where none is chosen: of those that were measured the one with the largest share. */
export function usualPart({ whole, adapters }: Analysis): PartPath | undefined {
  const shareOf = (name: string): number => whole?.adapters.find((each) => each.name === name)?.share ?? 0;
  const [largest] = adapters.toSorted((one, other) => shareOf(other.name) - shareOf(one.name));
  return largest && { name: largest.name, ...largest.deltaW };
}

/** The path of a part without the transitions of the whole, which are not its own. */
function drawnPart(analysis: Analysis, chosen: PartPath | undefined): DrawnPath<PartPath> | null {
  const { whole } = analysis;
  const part = chosen ?? usualPart(analysis);
  if (whole === null || part === undefined) return null;
  const known = whole.adapters.find(({ name }) => name === part.name);
  return {
    factor: "ΔW",
    symbol: "ΔW",
    name: part.name,
    of: `ΔW of ${shortName(part.name)}`,
    path: part,
    words: known === undefined ? part.name : partWords(known, whole.turning),
    transitions: transitionsOfAdapter(analysis, part),
    ...projectionErrors(analysis.projection?.update.cosine),
  };
}

function partWords({ name, rank, share }: AdapterOfUpdate, { parts }: TurningParts): string {
  const tested = parts.find((each) => each.name === name);
  const verdict = tested === undefined ? "" : `; ${partVerdict(tested)}`;
  return `${name}, rank ${rank}, ${percentWords(share)} of ‖ΔW‖² of the whole${verdict}`;
}
