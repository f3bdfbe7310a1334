import type { LandscapeNorm } from "../../../analysis/landscape/landscapeSettings.js";
import { compareAlongTraining } from "../../../analysis/landscape/landscapeAlong.js";
import { landscapeSentences } from "../../../analysis/landscape/landscapeWords.js";
import { toJson } from "../../../analysis/toJson.js";
import { landscapeAlongFigures } from "../../../figures/landscape/landscapeAlongFigures.js";
import { landscapeFigures } from "../../../figures/landscape/landscapeFigures.js";
import { openModel } from "../../../model/model.js";
import { writeOfflinePage } from "../../../notebook/offlinePage.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import {
  measureLandscapes,
  measureLandscapesAlong,
} from "../../../pipeline/interventions/measureLandscape.js";
import { writeLandscapeAlong } from "../../../pipeline/results/landscapeAlongResult.js";
import { openRun } from "../../../runs/openRun.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { interruptible } from "../../interrupt.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import { openEngine } from "../../open/engine.js";
import { landscapeAlongText } from "../../output/directions/landscapeAlongText.js";
import { landscapeText } from "../../output/directions/landscapeText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface LandscapeFlags extends EngineFlags, ChatTemplateFlags {
  readonly with: readonly string[];
  readonly step?: number;
  readonly steps?: readonly number[];
  readonly data?: string;
  readonly samples: number;
  readonly seed: number;
  readonly norm: LandscapeNorm;
  readonly multiples: readonly number[];
  readonly epsilons: readonly number[];
  readonly noiseSeeds: number;
  readonly model?: string;
  readonly json?: boolean;
  readonly html?: string;
}

/** Runs `turncoat landscape`. */
export async function landscapeAction(directory: string, flags: LandscapeFlags): Promise<void> {
  const runs = [directory, ...flags.with].map(openRun);
  const [run = openRun(directory)] = runs;
  const { step, data, samples, seed, norm, multiples, noiseSeeds } = flags;
  const model = openModel(baseModelOf(run, flags.model).folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const progress = startProgress("measuring", { quiet: flags.json === true });
  const measured = await interruptible((signal) => {
    const request = {
      ...{ runs, model, data, samples, seed, noiseSeeds, signal },
      rescaling: { norm, multiples },
      epsilons: noiseSeeds === 0 ? [] : flags.epsilons,
      onProgress: ({ done, total }: { readonly done: number; readonly total: number }) =>
        progress.update(done, total, "losses"),
    };
    return flags.steps === undefined
      ? measureLandscapes({ ...request, step }).then((found) => found && [found])
      : measureLandscapesAlong({ ...request, steps: flags.steps });
  }).finally(() => progress.stop());
  if (measured === null) {
    print(
      flags.json === true ? JSON.stringify({ interrupted: true }) : "interrupted: the same command continues",
    );
    return;
  }
  const along = compareAlongTraining(measured, { norm, multiples, seed });
  const report = along.at(-1)?.report;
  if (report === undefined) return;
  const isAlong = flags.steps !== undefined;
  if (isAlong) writeLandscapeAlong(run.directory, along);
  const sentences = landscapeSentences(report);
  if (flags.html !== undefined) {
    const title = `Efficiency and stability of ${report.runs.map(({ name }) => name).join(", ")}`;
    const figures = [...(isAlong ? landscapeAlongFigures(along) : []), ...landscapeFigures(report)];
    writeOfflinePage(flags.html, figures, { title, sentences });
  }
  if (flags.json === true) {
    const settings = { data: data ?? null, samples, seed, noiseSeeds };
    const found = isAlong ? { steps: along } : { ...report, sentences };
    print(JSON.stringify(toJson({ ...found, settings, interrupted: false })));
    return;
  }
  print(isAlong ? landscapeAlongText(along) : landscapeText(report));
  print(`losses: ${runs.map((each) => `${each.directory}/analysis/landscape`).join(", ")}`);
}
