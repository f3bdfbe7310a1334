import { toJson } from "../../../analysis/toJson.js";
import { noJudge } from "../../../evaluate/judge/judge.js";
import { askedOf } from "../../../evaluate/sampling/answerSource.js";
import { TurncoatError } from "../../../errors.js";
import { readText } from "../../../formats/json.js";
import { drawFigures, runFigures } from "../../../figures/run/runFigures.js";
import { writeOfflinePage } from "../../../notebook/offlinePage.js";
import { openParent } from "../../../pipeline/branches/branchParent.js";
import { isMade, plannedBranches, type BranchGrid } from "../../../pipeline/branches/branchPlan.js";
import { branchStudy } from "../../../pipeline/branches/branchStudy.js";
import { branchMarkdown, branchTables } from "../../../pipeline/branches/branchTables.js";
import { parseIntervention } from "../../../pipeline/branches/interventions.js";
import { analyzeRun } from "../../../pipeline/report/analyzeRun.js";
import { withMarkedSection } from "../../../pipeline/study/studySection.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { openRun } from "../../../runs/openRun.js";
import { openModel } from "../../../model/model.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import type { JudgeFlags } from "../../flags/judgeFlags.js";
import type { QuestionFlags } from "../../flags/questionFlags.js";
import { interruptible } from "../../interrupt.js";
import { baseModelFolder } from "../../open/baseModelFolder.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import { openEngine } from "../../open/engine.js";
import { judgeKindOf, openJudge } from "../../open/judge.js";
import { plannedQuestions } from "../../open/questions.js";
import { startProgress } from "../../output/progress.js";
import { alignedTable } from "../../output/tables/textTable.js";
import { print } from "../../output/terminal.js";

interface BranchFlags extends QuestionFlags, JudgeFlags, EngineFlags, ChatTemplateFlags {
  readonly from: readonly number[];
  readonly with: readonly string[];
  readonly seeds: number;
  readonly data?: string;
  readonly careful?: string;
  readonly model?: string;
  readonly dryRun?: boolean;
  readonly into?: string;
  readonly title: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** Runs `turncoat branch`. */
export async function branchAction(directories: readonly string[], flags: BranchFlags): Promise<void> {
  const interventions = flags.with.map(parseIntervention);
  const runs = directories.map((directory) => openRun(directory));
  const [first] = runs;
  if (first === undefined) throw new TurncoatError("branch: expected a run, found none");
  const model = openModel(baseModelFolder(first, flags.model), await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, first.manifest),
  });
  const other = runs.find(({ manifest }) => manifest?.baseModel.sha256 !== first.manifest?.baseModel.sha256);
  if (other !== undefined) {
    throw new TurncoatError(
      `${other.directory}: expected the base model of ${first.directory}, of which it is to be another seed, found another`,
    );
  }
  const { data, careful } = flags;
  const given = { ...(data === undefined ? {} : { data }), ...(careful === undefined ? {} : { careful }) };
  const grid: BranchGrid = {
    parents: runs.map(({ directory }) => openParent(directory, model, given)),
    steps: [...new Set(flags.from)].sort((one, other) => one - other),
    interventions,
    orders: flags.seeds,
  };
  const questions = plannedQuestions(first, flags);
  if (flags.dryRun === true) {
    const plan = planOf(grid, askedOf(questions.plan).length);
    print(flags.json === true ? JSON.stringify(plan) : planText(plan));
    return;
  }
  const kind = judgeKindOf(flags, flags.judge, flags.questions === undefined ? "exact" : "none");
  const progress = startProgress("branching", { quiet: flags.json === true });
  const { found, status } = await interruptible(async (signal) => {
    const judging = { ...flags, prompts: flags.prompts ?? questions.judgePrompts };
    const judge = kind === "none" ? noJudge : (await openJudge(kind, first.directory, judging, signal)).judge;
    return branchStudy({
      ...grid,
      questions,
      judge,
      onProgress: ({ done, total, note }) => progress.update(done, total, note),
      onNote: (line) => progress.say(`warning: ${line}`),
      signal,
    });
  }).finally(() => progress.stop());
  const { rows, points, sentences } = branchTables(found);
  if (flags.into !== undefined) {
    const text = withMarkedSection(readText(flags.into), {
      mark: `branches ${flags.title}`,
      content: branchMarkdown(flags.title, found),
      source: flags.into,
    });
    writeFileWhole(flags.into, text);
  }
  if (flags.html !== undefined) {
    const { analysis } = await analyzeRun(first);
    const figures = drawFigures(
      runFigures.filter(({ needs }) => needs.from === "branches"),
      { analysis, probes: null, answers: null, control: null, branches: found },
    );
    writeOfflinePage(
      flags.html,
      figures.map(({ figure }) => figure),
      { title: flags.title, sentences },
    );
  }
  if (flags.json === true) {
    print(JSON.stringify(toJson({ status, points, sentences, ...found })));
    return;
  }
  print([alignedTable(rows), "", ...sentences, ...found.faults.map((line) => `failed: ${line}`)].join("\n"));
  print(
    status === "interrupted"
      ? "interrupted: the same command continues"
      : `kept: ${grid.parents.map(({ folder }) => folder).join(", ")}; the run's page draws it`,
  );
}

/** What a study of branches would take. */
interface BranchPlan {
  readonly branches: number;
  /** Branches, and repeats without a change, that are not trained yet. */
  readonly trainings: number;
  /** Optimiser steps of those. */
  readonly steps: number;
  /** Answers of each branch, and of the runs themselves. */
  readonly answersEach: number;
  readonly answers: number;
}

function planOf(grid: BranchGrid, answersEach: number): BranchPlan {
  const branches = plannedBranches(grid);
  const missing = branches.filter((branch) => !branch.isRunItself && !isMade(branch));
  const repeats = grid.parents.map(({ last }) => last - Math.max(...grid.steps));
  const asked = new Set(branches.map(({ directory }) => directory)).size;
  return {
    branches: branches.length,
    trainings: missing.length + repeats.length,
    steps: [...missing.map(({ parent, from }) => parent.last - from), ...repeats].reduce(
      (sum, each) => sum + each,
      0,
    ),
    answersEach,
    answers: asked * answersEach,
  };
}

function planText({ branches, trainings, steps, answersEach, answers }: BranchPlan): string {
  return (
    `${branches} branches; ${trainings} trainings of ${steps} steps in all are missing; ` +
    `${answersEach} answers each, ${answers} in all. Nothing was done.`
  );
}
