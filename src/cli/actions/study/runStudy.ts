import { toJson } from "../../../analysis/toJson.js";
import { runStudy } from "../../../pipeline/study/runStudy.js";
import { readStudy } from "../../../pipeline/study/studyFile.js";
import { studyStatus } from "../../../pipeline/study/studyStatus.js";
import { openEngine } from "../../open/engine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { interruptible } from "../../interrupt.js";
import { startProgress } from "../../output/progress.js";
import { studyStatusText } from "../../output/studyText.js";
import { print } from "../../output/terminal.js";
import type { OnlyFlags } from "./studyFlags.js";
import { commandLine } from "../../../hints.js";

interface RunStudyFlags extends OnlyFlags, EngineFlags {
  readonly files?: string;
  readonly dryRun?: boolean;
}

/** Runs `turncoat study run`. */
export async function runStudyAction(file: string, flags: RunStudyFlags): Promise<void> {
  const study = readStudy(file);
  if (flags.dryRun === true) {
    const runs = studyStatus(study, flags.only);
    print(flags.json === true ? JSON.stringify(toJson({ runs })) : studyStatusText(runs));
    return;
  }
  const progress = startProgress("study", { quiet: flags.json === true });
  const engine = await openEngine(flags);
  const { status, faults } = await interruptible((signal) =>
    runStudy({
      study,
      engine,
      only: flags.only,
      ...(flags.files === undefined ? {} : { files: flags.files }),
      onProgress: ({ stage, run, done, total }) => progress.update(done, total, `${stage} ${run}`),
      onNote: (line) => progress.say(line),
      signal,
    }),
  ).finally(() => progress.stop());
  if (faults.length > 0) process.exitCode = 1;
  if (flags.json === true) {
    print(JSON.stringify(toJson({ status, faults, runs: studyStatus(study, flags.only) })));
    return;
  }
  const next =
    status === "interrupted"
      ? "interrupted: the same command continues"
      : `next: ${commandLine("study", "report", file)}`;
  print([studyStatusText(studyStatus(study, flags.only)), ...faults, next].join("\n"));
}
