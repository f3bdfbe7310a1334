import { join } from "node:path";
import { dispositionCurve } from "../../analysis/directions/disposition.js";
import { dispositionRise } from "../../analysis/transitions/behavior/dispositionRise.js";
import { toJson } from "../../analysis/toJson.js";
import { dispositionFigure } from "../../figures/run/activations/dispositionFigure.js";
import { openModel } from "../../model/model.js";
import { writeOfflinePage } from "../../notebook/offlinePage.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import { directionSet } from "../../pipeline/directions/directionSets.js";
import { measureDisposition } from "../../pipeline/measurement/measureDisposition.js";
import { promptQuestions } from "../../pipeline/measurement/promptQuestions.js";
import { usualPersonas } from "../../pipeline/measurement/personaDirection.js";
import { usualPersonasOf } from "../../pipeline/measurement/usualPersonas.js";
import { analyzeRun } from "../../pipeline/report/analyzeRun.js";
import { readingOf } from "../../pipeline/results/dispositionResult.js";
import type { PromptPlace } from "../../pipeline/results/promptPlaces.js";
import { openRun } from "../../runs/openRun.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../flags/chatTemplateFlag.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { everyNth } from "../flags/parsers.js";
import { interruptible } from "../interrupt.js";
import { dispositionText } from "../output/dispositionText.js";
import { startProgress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface DispositionFlags extends EngineFlags, ChatTemplateFlags {
  readonly directions: readonly string[];
  readonly of?: string;
  readonly questions?: string;
  readonly limit?: number;
  readonly every: number;
  readonly steps?: (step: number) => boolean;
  readonly layer?: number;
  readonly place: PromptPlace;
  readonly model?: string;
  readonly html?: string;
  readonly seed: number;
  readonly json?: boolean;
}

export async function disposition(directory: string, flags: DispositionFlags): Promise<void> {
  const run = openRun(directory);
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const from = flags.of === undefined ? run : openRun(flags.of);
  const progress = startProgress("reading", { quiet: flags.json === true });
  const read = await interruptible(async (signal) => {
    const directions = [];
    for (const name of flags.directions) {
      directions.push(
        name === usualPersonas
          ? await usualPersonasOf(from, model, isOrganism, ({ done, total }) =>
              progress.update(done, total, "prompts of personas"),
            )
          : directionSet(from, model.config.hiddenSize, { direction: name }),
      );
    }
    return measureDisposition({
      ...{ run, model, directions, signal, seed: flags.seed },
      questions: promptQuestions(run, isOrganism, { source: flags.questions, limit: flags.limit }),
      isStepWanted: flags.steps ?? everyNth(flags.every, run.checkpoints.at(-1)?.step),
      onProgress: ({ done, total }) => progress.update(done, total, "checkpoints"),
    });
  }).finally(() => progress.stop());
  const shown = { layer: flags.layer, place: flags.place };
  const curve = dispositionCurve(readingOf(read, shown));
  const { transition, absent } = dispositionRise(curve);
  if (flags.json === true) {
    print(
      JSON.stringify(
        toJson({ about: { ...read.about }, curve: { ...curve }, verdict: transition ?? absent }),
      ),
    );
    return;
  }
  const page = flags.html ?? join(directory, "analysis", "disposition.html");
  const { analysis } = await analyzeRun(directory);
  // The analysis is of the layer and place that are usual, which need not be those shown.
  const others = analysis.transitions.filter(({ indicator }) => indicator !== "disposition");
  const figure = dispositionFigure({
    ...analysis,
    disposition: curve,
    transitions: [...others, ...(transition === null ? [] : [transition])],
  });
  if (figure !== null)
    writeOfflinePage(page, [figure], {
      title: `Disposition of ${run.runId}`,
      sentences: [figure.meta.summary],
    });
  print(`${dispositionText(read, curve)}\n\nfigure: ${page}`);
}
