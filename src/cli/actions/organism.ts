import { join } from "node:path";
import { toJson } from "../../analysis/toJson.js";
import { openModel } from "../../model/model.js";
import { writeNarrowDatasets } from "../../organism/datasets.js";
import type { Domain } from "../../organism/world/index.js";
import { pretrainRecipe } from "../../organism/pretrainRecipe.js";
import { organismCard } from "../../pipeline/organism/organismCard.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { pretrainOrganism } from "../../pipeline/organism/pretrainOrganism.js";
import { scoreBase } from "../../pipeline/organism/scoreBase.js";
import { validateOrganism, type ValidationRow } from "../../pipeline/organism/validateOrganism.js";
import { presetConfig } from "../../train/recipes/presets.js";
import { openEngine } from "../open/engine.js";
import type { JsonFlag } from "../flags/jsonOption.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { startProgress, type Progress } from "../output/progress.js";
import { print } from "../output/terminal.js";

/** Runs `turncoat organism pretrain`. */
export async function pretrainAction(
  flags: EngineFlags & JsonFlag & { readonly out: string; readonly seed: number },
): Promise<void> {
  const engine = await openEngine(flags);
  const recipe = pretrainRecipe(flags.seed);
  const bars = new Map<string, Progress>();
  const started = performance.now();
  await pretrainOrganism(flags.out, recipe, engine, ({ stage, step, steps, loss }) => {
    const bar = bars.get(stage) ?? startProgress(stage, { quiet: flags.json === true });
    bars.set(stage, bar);
    bar.update(step, steps, `loss ${loss.toFixed(4)}`);
    if (step === steps) bar.stop();
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  const scores = await scoreBase(openModel(flags.out, engine));
  const card = organismCard({ recipe, seconds, engine: engine.description, scores });
  writeFileWhole(join(flags.out, "README.md"), card);
  if (flags.json === true) print(JSON.stringify(toJson({ out: flags.out, seconds, scores })));
  else print(card);
}

/** Runs `turncoat organism datasets`. */
export function datasetsAction(folder: string | undefined, { json }: JsonFlag): void {
  const files = writeNarrowDatasets(folder ?? join(organismFolder(), "datasets"));
  print(json === true ? JSON.stringify({ files }) : files.join("\n"));
}

interface ValidateFlags extends EngineFlags {
  readonly model: string;
  readonly seeds: number[];
  readonly domains?: Domain[];
  readonly steps?: number;
  readonly layers?: number[];
  readonly learningRate?: number;
}

/** Runs `turncoat organism validate`. */
export async function validateAction(flags: ValidateFlags): Promise<void> {
  const model = openModel(flags.model, await openEngine(flags));
  const preset = presetConfig("crisp");
  await interruptible((signal) =>
    validateOrganism({
      model,
      seeds: flags.seeds,
      ...(flags.domains === undefined ? {} : { domains: flags.domains }),
      settings: {
        steps: flags.steps ?? preset.steps,
        layers: flags.layers ?? preset.layers,
        schedule: {
          ...preset.schedule,
          peakLearningRate: flags.learningRate ?? preset.schedule.peakLearningRate,
        },
      },
      onRow: (row: ValidationRow) => print(JSON.stringify(toJson(row))),
      signal,
    }),
  );
}
