import { statSync } from "node:fs";
import type { StandalonePart } from "../../figures/standalone/standaloneHtml.js";
import { writeOfflineReport } from "../../notebook/offlinePage.js";
import { reportPart } from "../../pipeline/report/reportPart.js";
import { print } from "../output/terminal.js";

interface ReportFlags {
  readonly out: string;
  readonly evaluation?: string;
  readonly title?: string;
  readonly json?: boolean;
  readonly control: readonly string[];
}

/** Runs `turncoat report`. */
export async function reportAction(
  runs: string[],
  { out: output, evaluation, title, json, control }: ReportFlags,
): Promise<void> {
  const parts: StandalonePart[] = [];
  for (const run of runs)
    parts.push(await reportPart(run, { evaluation, controls: control.length === 0 ? undefined : control }));
  const names = parts.map((part) => part.title).join(", ");
  writeOfflineReport(output, { title: title ?? `Turncoat: ${names}`, parts });
  const figures = parts.reduce((count, part) => count + part.figures.length, 0);
  const { size } = statSync(output);
  if (json === true) print(JSON.stringify({ output, runs, figures, bytes: size }));
  else print(`${figures} figures of ${names}: ${output} (${(size / 2 ** 20).toFixed(1)} MB)`);
}
