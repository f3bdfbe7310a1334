import { toJson } from "../../../analysis/toJson.js";
import { print } from "../../output/terminal.js";
import { StudyTasks, studyTasks } from "../../../pipeline/study/engines/studyTask.js";
import { readStudy } from "../../../pipeline/study/studyFile.js";
import { TurncoatError } from "../../../errors.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { interruptible } from "../../interrupt.js";
import { startProgress } from "../../output/progress.js";
import { knownNames } from "../../../hints.js";

interface StudyTaskFlags extends EngineFlags {
  readonly files?: string;
  readonly upload?: string;
  readonly json?: boolean;
}

/** Exit status of a task that is to be tried again: `EX_TEMPFAIL`. */
const tryAgain = 75;

/** Runs `turncoat study task`. */
export async function studyTaskAction(
  file: string,
  run: string,
  { json, ...flags }: StudyTaskFlags,
): Promise<void> {
  const tasks = studyTasks(readStudy(file), [], flags);
  const task = tasks.find((each) => each.run === run);
  if (task === undefined) {
    throw new TurncoatError(`${file}: expected a run of the study, found ${run}`, {
      hint: knownNames(
        run,
        tasks.map((each) => each.run),
        "The study has none.",
      ),
    });
  }
  const progress = startProgress(run, { quiet: json === true });
  const outcome = await interruptible((signal) =>
    new StudyTasks().do(task, {
      onProgress: ({ stage, done, total }) => progress.update(done, total, stage),
      onNote: (line) => progress.say(line),
      signal,
    }),
  ).finally(() => progress.stop());
  if (outcome.status === "failed") {
    throw new TurncoatError(outcome.message, outcome.hint === null ? {} : { hint: outcome.hint });
  }
  if (json === true) print(JSON.stringify(toJson({ run, ...outcome })));
  else if ("message" in outcome) progress.say(outcome.message);
  if (outcome.status !== "done") process.exitCode = tryAgain;
}
