import { toJson } from "../../../analysis/toJson.js";
import { commandLine } from "../../../hints.js";
import type { StudyOutcome } from "../../../pipeline/study/engines/studyEngine.js";
import { studyTasks } from "../../../pipeline/study/engines/studyTask.js";
import { usualWorkers } from "../../../pipeline/study/engines/usualWorkers.js";
import { studyRuns } from "../../../pipeline/study/studyCells.js";
import { runStudy } from "../../../pipeline/study/runStudy.js";
import { studyCost } from "../../../pipeline/study/studyCost.js";
import { readStudy, studyPath, type Study } from "../../../pipeline/study/studyFile.js";
import { writeStudyPlan } from "../../../pipeline/study/studyPlan.js";
import { studyStatus } from "../../../pipeline/study/studyStatus.js";
import type { StudyEvents } from "../../../pipeline/study/studyWork.js";
import { interruptible } from "../../interrupt.js";
import { openEngine } from "../../open/engine.js";
import { startProgress } from "../../output/progress.js";
import { studyCostText, studyStatusText } from "../../output/studyText.js";
import { print } from "../../output/terminal.js";
import { chosenEngine, type StudyEngineFlags } from "./chosenEngine.js";
import type { OnlyFlags } from "./studyFlags.js";

interface RunStudyFlags extends OnlyFlags, StudyEngineFlags {
  readonly dryRun?: boolean;
}

/** Runs `turncoat study run`. */
export async function runStudyAction(file: string, flags: RunStudyFlags): Promise<void> {
  const study = readStudy(file);
  if (flags.dryRun === true) {
    await printPlan(study, flags);
    return;
  }
  const progress = startProgress("study", { quiet: flags.json === true });
  const total = studyRuns(study, flags.only).length;
  let ended = 0;
  const events: StudyEvents = {
    onProgress: ({ stage, run, done, total: of }) =>
      progress.update(ended, total, `${stage} ${run} ${done}/${of}`),
    onRunEnd: () => progress.update(++ended, total),
    onNote: (line) => progress.say(line),
  };
  const { status, faults } = await interruptible((signal) =>
    doStudy(study, flags, { ...events, signal }),
  ).finally(() => progress.stop());
  if (status === "submitted") return;
  if (faults.length > 0) process.exitCode ??= 1;
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

/** Prints what exists of a study, and what the rest takes. */
async function printPlan(study: Study, { only, files, json }: RunStudyFlags): Promise<void> {
  const runs = studyStatus(study, only);
  const cost = await studyCost(study, only, { files });
  if (json === true) {
    print(JSON.stringify(toJson({ runs, cost })));
    return;
  }
  const [first] = studyRuns(study, only);
  const of = (named: string): string => studyPath(study, named, files);
  const trial =
    first === undefined
      ? ""
      : commandLine(
          ...["train", "runs/trial", "--data", of(first.cell.data.harmful), "--model"],
          ...[of(first.cell.model.folder), "--recipe", first.cell.recipe.recipe, "--dry-run"],
        );
  print([studyStatusText(runs), "", studyCostText(cost, trial)].join("\n"));
}

/** Does a study where the flags say: by default on this machine, in as many processes as its cores and memory carry. */
async function doStudy(study: Study, flags: RunStudyFlags, events: StudyEvents): Promise<StudyOutcome> {
  const { files, upload, threads, provider, only } = flags;
  const options = {
    ...(files === undefined ? {} : { files }),
    ...(threads === undefined ? {} : { threads }),
    ...(provider === undefined ? {} : { provider }),
    ...(upload === undefined ? {} : { upload }),
  };
  const tasks = studyTasks(study, only, options);
  const workers = flags.workers ?? usualWorkers(study, files);
  const engine = await chosenEngine(flags, workers);
  if (engine !== null) {
    if (flags.print !== true) writeStudyPlan(study);
    return engine.run(tasks, events);
  }
  return runStudy({ study, engine: await openEngine(flags), only, ...options, ...events });
}
