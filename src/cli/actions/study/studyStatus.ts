import { toJson } from "../../../analysis/toJson.js";
import { readStudy } from "../../../pipeline/study/studyFile.js";
import { studyStatus } from "../../../pipeline/study/studyStatus.js";
import { studyStatusText } from "../../output/studyText.js";
import { print } from "../../output/terminal.js";
import type { OnlyFlags } from "./studyFlags.js";

/** Runs `turncoat study status`. */
export function studyStatusAction(file: string, { only, json }: OnlyFlags): void {
  const runs = studyStatus(readStudy(file), only);
  print(json === true ? JSON.stringify(toJson({ runs })) : studyStatusText(runs));
}
