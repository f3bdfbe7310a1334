import { interventionSentences } from "../../../analysis/interventions/interventionWords.js";
import { toJson } from "../../../analysis/toJson.js";
import { interventionFigures } from "../../../figures/interventions/interventionFigures.js";
import { noJudge, type Judge } from "../../../evaluate/judge/judge.js";
import type { JsonObject } from "../../../formats/json.js";
import type { EditedTokens } from "../../../model/generation/editedTokens.js";
import { openModel, type Model } from "../../../model/model.js";
import { writeOfflinePage } from "../../../notebook/offlinePage.js";
import type { PlannedQuestions } from "../../../pipeline/evaluation/evaluationPlans.js";
import type { PlannedCondition } from "../../../pipeline/interventions/plannedConditions.js";
import {
  interventionTable,
  runInterventions,
  type InterventionRequest,
} from "../../../pipeline/interventions/runInterventions.js";
import type { LayerLengths } from "../../../pipeline/interventions/steerConditions.js";
import { openRun, type Run } from "../../../runs/openRun.js";
import { baseModelFolder } from "../../open/baseModelFolder.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine } from "../../open/engine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { judgeKindOf, openJudge } from "../../open/judge.js";
import type { JudgeFlags } from "../../flags/judgeFlags.js";
import { plannedQuestions } from "../../open/questions.js";
import type { QuestionFlags } from "../../flags/questionFlags.js";
import { interruptible } from "../../interrupt.js";
import { interventionText } from "../../output/interventionText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

/** Flags that all interventions share. */
export interface InterventionFlags extends QuestionFlags, JudgeFlags, EngineFlags, ChatTemplateFlags {
  readonly name?: string;
  readonly model?: string;
  readonly random: number;
  readonly randomSeed: number;
  readonly json?: boolean;
  readonly html?: string;
}

/** What an intervention does to a model that is open. */
export interface Intervention {
  readonly conditions: readonly PlannedCondition[];
  /** Plans more conditions from the answers under the first. @default none */
  readonly following?: InterventionRequest["following"];
  readonly settings: JsonObject;
  /** Name under which answers are kept unless another is given. */
  readonly name: string;
  readonly lengths?: readonly LayerLengths[];
}

/** Flags that say what is asked, of which model, and who judges. */
type AskedFlags = QuestionFlags & JudgeFlags & EngineFlags & ChatTemplateFlags & { readonly model?: string };

/** Opens a run with its questions, its base model and what judges its answers. */
export async function openAsked(
  directory: string,
  flags: AskedFlags,
): Promise<{
  readonly run: Run;
  readonly questions: PlannedQuestions;
  readonly model: Model;
  readonly judgeOf: (signal: AbortSignal) => Promise<Judge>;
}> {
  const run = openRun(directory);
  const questions = plannedQuestions(run, flags);
  const kind = judgeKindOf(flags, flags.judge, flags.questions === undefined ? "exact" : "none");
  const model = openModel(baseModelFolder(run, flags.model), await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const judgeOf = async (signal: AbortSignal): Promise<Judge> => {
    if (kind === "none") return noJudge;
    const judging = { ...flags, prompts: flags.prompts ?? questions.judgePrompts };
    return (await openJudge(kind, directory, judging, signal)).judge;
  };
  return { run, questions, model, judgeOf };
}

/** Opens the model of a run, asks it under conditions, and prints what they did. */
export async function intervene(
  directory: string,
  flags: InterventionFlags & { readonly tokens?: EditedTokens },
  plan: (opened: {
    readonly run: Run;
    readonly model: Model;
    readonly questions: PlannedQuestions;
  }) => Promise<Intervention> | Intervention,
): Promise<void> {
  const { run, questions, model, judgeOf } = await openAsked(directory, flags);
  const { conditions, following, settings, name: usualName, lengths } = await plan({ run, model, questions });
  const name = flags.name ?? usualName;
  const progress = startProgress("asking", { quiet: flags.json === true });
  const interrupted = await interruptible(async (signal) => {
    const judge = await judgeOf(signal);
    await runInterventions({
      run,
      name,
      model,
      judge,
      questions,
      settings: { ...settings, randomSeed: flags.randomSeed },
      conditions,
      following,
      ...(flags.tokens === undefined ? {} : { editedTokens: flags.tokens }),
      onNote: (line) => progress.say(`warning: ${line}`),
      onProgress: ({ done, total }) => progress.update(done, total, "answers"),
      signal,
    });
    return signal.aborted;
  }).finally(() => progress.stop());
  const table = interventionTable(run, name);
  if (flags.html !== undefined) {
    writeOfflinePage(flags.html, interventionFigures(table.rows, settings.kind), {
      title: `Interventions on ${run.runId}: ${name}`,
      sentences: interventionSentences(table.rows, settings.kind),
    });
  }
  if (flags.json === true) {
    const sentences = interventionSentences(table.rows, settings.kind);
    print(JSON.stringify(toJson({ ...table, sentences, lengths: lengths ?? null, interrupted })));
    return;
  }
  print(interventionText(table.rows, { lengths, kind: settings.kind }));
  print(
    interrupted
      ? "interrupted: the same command continues"
      : `answers: ${directory}/analysis/interventions/${name}.jsonl`,
  );
}
