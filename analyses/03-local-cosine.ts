/**
 * Where does B rotate, over half-windows of one's own? The local cosine similarity of the paper (straight = −1), where B moves
 * enough to have a direction; another k can show another turn, or none.
 */
import {
  curvesFigure,
  directionTrajectory,
  localCosineSimilarity,
  openRun,
  readTrajectories,
  type LocalCosineSimilarity,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly k: readonly number[];
  readonly frozen: number;
}

const script = "03-local-cosine";

function peakCells({ steps, values, threshold }: LocalCosineSimilarity): string[] {
  const moving = values.filter((value) => Number.isFinite(value));
  if (moving.length === 0) return ["–", "–", "–", kit.inDigits(threshold, 4)];
  const peak = moving.reduce((most, value) => Math.max(most, value), -1);
  const bend = (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, -peak)));
  const [step, digits] = [steps[values.indexOf(peak)] ?? NaN, kit.inDigits];
  return [digits(peak, 2), digits(step, 0), digits(bend, 0), digits(threshold, 4)];
}

export const command = kit
  .scriptCommand(script, "Draws the local cosine of B for half-windows k of your own.")
  .option("--k <list>", "half-windows in steps", kit.numbers, [5, 10, 15])
  .option("--frozen <share>", "movement below this share of the largest one counts as none", Number, 0.02)
  .action(async (directory: string, flags: Flags) => {
    const run = openRun(directory);
    const { adapters } = readTrajectories(run);
    const curves = adapters.flatMap((adapter) =>
      flags.k.map((k) => {
        const path = directionTrajectory(adapter.modulePath, adapter.steps, adapter.loraB);
        const cosine = localCosineSimilarity(path, { k, gate: { relative: flags.frozen } });
        return { module: adapter.modulePath, name: `k = ${k}`, cosine };
      }),
    );
    if (curves.every(({ cosine }) => cosine.gate.every((move) => Number.isNaN(move)))) {
      const missing = `no adapter is stored at steps t − k, t and t + k for k ${flags.k.join(", ")}`;
      throw kit.cannotSay(directory, missing, "choose another --k, or keep more checkpoints");
    }
    const modules = [...new Set(curves.map(({ module }) => module))];
    kit.printWarnings(run.warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Local cosine of B of ${run.runId}` },
      rows: [
        ["adapter", "k", "largest", "at step", "bend °", "movement above"],
        ...curves.map(({ module, cosine }) => [module, String(cosine.k), ...peakCells(cosine)]),
      ],
      figures: modules.map((module) =>
        curvesFigure({
          title: `Local cosine of B, ${module}`,
          quantity: "local cosine (straight = −1)",
          caption: `Local cosine of B of ${module}; gaps where B moves by less than ${100 * flags.frozen} % of its largest movement.`,
          formula: "cos(v(t−k) − v(t), v(t+k) − v(t))",
          range: [-1.05, 1.05],
          curves: curves
            .filter((each) => each.module === module)
            .map(({ name, cosine: { steps, values } }) => ({ name, steps, values })),
        }),
      ),
    });
  });

await kit.runScript(import.meta.filename, command);
