import { statSync } from "node:fs";
import { join } from "node:path";
import type { svgWidths } from "../../figures/static/figureSvg.js";
import type { StandalonePage } from "../../figures/standalone/standaloneHtml.js";
import { writeOfflineReport } from "../../notebook/offlinePage.js";
import { writeSvgs } from "../../notebook/writtenFigures.js";
import { reportPage } from "../../pipeline/comparison/reportPage.js";
import { print } from "../output/terminal.js";

interface ReportFlags {
  readonly out: string;
  readonly evaluation?: string;
  readonly title?: string;
  readonly json?: boolean;
  readonly control: readonly string[];
  /** Folder for each figure as SVG. */
  readonly figures?: string;
  readonly width: keyof typeof svgWidths;
}

/** Runs `turncoat report`. */
export async function reportAction(
  runs: string[],
  { out: output, evaluation, title, json, control, figures: folder, width }: ReportFlags,
): Promise<void> {
  const page = await reportPage(runs, {
    evaluation,
    title,
    controls: control.length === 0 ? undefined : control,
  });
  writeOfflineReport(output, page);
  const pictures = folder === undefined ? [] : writePictures(folder, page, width);
  const { overview, parts } = page;
  const figures = parts.reduce((count, part) => count + part.figures.length, overview?.figures.length ?? 0);
  const { size } = statSync(output);
  if (json === true) {
    print(
      JSON.stringify({ output, runs, figures, bytes: size, ...(folder === undefined ? {} : { pictures }) }),
    );
    return;
  }
  const names = parts.map((part) => part.title).join(", ");
  print(`${figures} figures of ${names}: ${output} (${(size / 2 ** 20).toFixed(1)} MB)`);
  if (folder !== undefined) print(`${pictures.length} as SVG: ${folder}`);
}

/** Writes each figure as SVG, those of a run under its name. */
function writePictures(
  folder: string,
  { overview, parts }: Omit<StandalonePage, "plotlyBundle">,
  width: ReportFlags["width"],
): string[] {
  const nameOf = (title: string): string =>
    title.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "run";
  return [
    ...writeSvgs(join(folder, "runs"), overview?.figures ?? [], { width }),
    ...parts.flatMap(({ title, figures }) => writeSvgs(join(folder, nameOf(title)), figures, { width })),
  ];
}
