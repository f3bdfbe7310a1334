import { toJson } from "../../../analysis/toJson.js";
import { openModel } from "../../../model/model.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../../pipeline/directions/directionSets.js";
import { measureDownstream } from "../../../pipeline/interventions/downstream.js";
import { lastStep } from "../../../pipeline/interventions/plannedConditions.js";
import { promptQuestions } from "../../../pipeline/measurement/promptQuestions.js";
import { openRun } from "../../../runs/openRun.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine } from "../../open/engine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { downstreamText } from "../../output/directionText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface DownstreamFlags extends EngineFlags, ChatTemplateFlags {
  readonly step?: number;
  readonly layer?: number;
  readonly strength: number;
  readonly answersPerClass: number;
  readonly questions?: string;
  readonly limit: number;
  readonly random: number;
  readonly seed: number;
  readonly model?: string;
  readonly json?: boolean;
}

export async function downstream(directory: string, name: string, flags: DownstreamFlags): Promise<void> {
  const run = openRun(directory);
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const set = directionSet(run, model.config.hiddenSize, { direction: name });
  const { layer = set.layer, strength, answersPerClass, random: draws, seed } = flags;
  const progress = startProgress("reading", { quiet: flags.json === true });
  const cosines = await measureDownstream({
    ...{ run, model, set, layer, strength, answersPerClass, draws, seed },
    step: flags.step ?? lastStep(run),
    questions: promptQuestions(run, isOrganism, { source: flags.questions, limit: flags.limit }),
    onProgress: ({ done, total }) => progress.update(done, total, "passes"),
  }).finally(() => progress.stop());
  if (flags.json === true) print(JSON.stringify(toJson({ direction: name, layer, strength, cosines })));
  else print(downstreamText({ name, layer, strength }, cosines));
}
