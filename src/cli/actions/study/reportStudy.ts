import { readText } from "../../../formats/json.js";
import { toJson } from "../../../analysis/toJson.js";
import { readStudy } from "../../../pipeline/study/studyFile.js";
import { studyResults } from "../../../pipeline/study/studyResults.js";
import { studyMarkdown, studyTables } from "../../../pipeline/study/studyTables.js";
import { withStudySection } from "../../../pipeline/study/studySection.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { startProgress } from "../../output/progress.js";
import { print, tell } from "../../output/terminal.js";
import { textTable } from "../../output/tables/textTable.js";
import type { OnlyFlags } from "./studyFlags.js";

interface ReportStudyFlags extends OnlyFlags {
  readonly into?: string;
}

/** Runs `turncoat study report`. */
export async function reportStudyAction(file: string, { only, json, into }: ReportStudyFlags): Promise<void> {
  const progress = startProgress("reading", { quiet: json === true });
  const results = await studyResults(readStudy(file), only, (done, total) =>
    progress.update(done, total, "pairs of runs"),
  ).finally(() => progress.stop());
  for (const fault of results.faults) tell(fault);
  if (into !== undefined)
    writeFileWhole(into, withStudySection(readText(into), studyMarkdown(results), into));
  if (json === true) print(JSON.stringify(toJson({ ...results })));
  else if (into !== undefined) print(`${into}: the tables are in place of those that stood there`);
  else
    print(
      studyTables(results)
        .map(({ caption, rows }) => `${caption.replaceAll("**", "")}\n\n${textTable(rows)}`)
        .join("\n\n"),
    );
}
