import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { readableManifest } from "../../runs/continuation.js";
import { readableEvaluations } from "../../runs/evaluations.js";
import { manifestFile } from "../../runs/layout.js";
import { openRun } from "../../runs/openRun.js";
import { orNull } from "../../errors.js";
import { readRunDirections } from "../results/directionResult.js";
import { keptResults } from "../results/keptResults.js";
import { studyCells } from "./studyCells.js";
import { isAnalysisKept } from "./studyDirections.js";
import type { Study } from "./studyFile.js";

/** What exists of one run of a study. */
export interface StudyRunStatus {
  readonly run: string;
  readonly training: "missing" | "running" | "interrupted" | "finished" | "unreadable";
  /** Last step that is there; null where none is. */
  readonly step: number | null;
  /** Steps at which the log-likelihood gap was measured. */
  readonly likelihoodSteps: number;
  /** Steps at which prompts were read along personas. */
  readonly dispositionSteps: number;
  /** Number of judged answers by evaluation. */
  readonly answers: Readonly<Record<string, number>>;
  /** Names of the directions that are kept. */
  readonly directions: readonly string[];
  /** Whether the numbers of its analysis are kept beside it, of its files as they are. */
  readonly isAnalyzed: boolean;
}

/** Lists the runs of a study with what exists of each, harmful runs and controls. */
export function studyStatus(study: Study, only: readonly string[] = []): StudyRunStatus[] {
  return studyCells(study, only)
    .flatMap(({ pairs }) => pairs.flatMap(({ harmful, control }) => [harmful, control]))
    .map(statusOf);
}

function statusOf(directory: string): StudyRunStatus {
  const run = basename(directory);
  if (!existsSync(join(directory, manifestFile)))
    return {
      ...{ run, training: "missing", step: null, likelihoodSteps: 0, dispositionSteps: 0, answers: {} },
      ...{ directions: [], isAnalyzed: false },
    };
  const { evaluations } = readableEvaluations({ directory });
  const { likelihood, disposition } = keptResults(directory);
  return {
    run,
    training: readableManifest(directory)?.status ?? "unreadable",
    step: openRun(directory).checkpoints.at(-1)?.step ?? null,
    likelihoodSteps: likelihood?.broad?.steps.length ?? 0,
    dispositionSteps: disposition?.steps.length ?? 0,
    answers: Object.fromEntries(evaluations.map(({ name, answers }) => [name, answers.length])),
    directions: [...new Set((orNull(() => readRunDirections(directory)) ?? []).map(({ name }) => name))],
    isAnalyzed: isAnalysisKept(directory),
  };
}
