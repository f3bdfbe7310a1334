/**
 * Is a solution an efficient and a stable one? The loss at multiples of the adapter's norm, and what noise on its parameters loses of
 * what training took off, beside other runs of the same base (2602.07852, a general solution against a narrow one).
 */
import {
  baseModelOf,
  compareLandscapes,
  createEngine,
  landscapeFigures,
  landscapeSentences,
  measureLandscapes,
  openModel,
  openRun,
  usualEpsilons,
  usualMultiples,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly with: readonly string[];
  readonly model?: string;
  readonly data?: string;
  readonly samples: number;
  readonly noiseSeeds: number;
}

const script = "13-efficiency-and-stability";

export const command = kit
  .scriptCommand(script, "Measures losses of rescaled adapters and of adapters with noise on them.")
  .option("--with <runs...>", "other runs of the same base, each held against it", [])
  .option("--model <folder>", "base model's folder (default: the one in run.json)")
  .option("--data <file>", "conversations whose loss is taken (default: those of each run)")
  .option("--samples <number>", "conversations", Number, 100)
  .option("--noise-seeds <number>", "draws of the noise at each size; 0 for none", Number, 10)
  .action(async (directory: string, flags: Flags) => {
    const { samples, noiseSeeds, data } = flags;
    const runs = [directory, ...flags.with].map((each) => openRun(each));
    const model = openModel(baseModelOf(openRun(directory), flags.model).folder, await createEngine());
    const settings = { norm: "update", multiples: usualMultiples } as const;
    const measured = await measureLandscapes({
      ...{ runs, model, data, samples, noiseSeeds, seed: 0 },
      rescaling: settings,
      epsilons: noiseSeeds === 0 ? [] : usualEpsilons,
    });
    if (measured === null) return;
    const report = compareLandscapes(measured, { ...settings, seed: 0 });
    await kit.showResult({
      ...{ script, directory, flags },
      title: `Efficiency and stability of ${report.runs.map(({ name }) => name).join(", ")}`,
      sentences: landscapeSentences(report),
      rows: [
        ["run", "step", "conversations", "‖ΔW‖", "loss, base", "loss", "fall", "lost to noise (%)"],
        ...report.runs.map(({ name, step, conversations, norms, base, loss, fall, meanDegradation }) => [
          ...[name, String(step), String(conversations), kit.inDigits(norms.update, 4)],
          ...[base, loss, fall].map(({ value }) => kit.inDigits(value, 3)),
          meanDegradation === null ? "–" : kit.inDigits(meanDegradation.value, 1),
        ]),
      ],
      figures: landscapeFigures(report),
    });
  });

await kit.runScript(import.meta.filename, command);
