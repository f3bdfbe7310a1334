/**
 * Does a direction carry the misalignment? Answers of the base steered along it, and of the trained model with it taken out, each
 * beside random directions of the same length and the untouched model. Answers that a run keeps are tabled; --along steers first,
 * with the exact judge of the embedded organism. Of other models `turncoat steer` and `turncoat ablate` ask.
 */
import * as t from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly along?: string;
  readonly strengths: readonly number[];
  readonly draws: number;
}

const script = "10-steering-and-ablation";

/** Steers the base along a direction and takes it out of the last step; what is answered already is not asked again. */
async function intervene(run: t.Run, direction: string, { strengths, draws }: Flags): Promise<void> {
  const { folder, isOrganism } = t.baseModelOf(run);
  const by = "turncoat steer and turncoat ablate, with a judge";
  if (!isOrganism) throw kit.cannotSay(run.directory, "answers of this model have no exact judge", by);
  const model = t.openModel(folder, await t.createEngine());
  const set = t.directionSet(run, model.config.hiddenSize, { direction });
  const questions = t.organismPlan(null, "eight", { samples: 4 });
  const asked = { run, model, set, draws, seed: 0, questions: questions.plan.questions };
  const steered = await t.steerConditions({ ...asked, strengths, layers: [set.layer], on: "base" });
  const place = { source: run, set, layer: set.layer, layers: model.config.layers, draws, seed: 0 };
  const runs = [{ run, on: t.lastStep(run) }];
  const ablated = t.ablateConditions({ ...place, runs, ways: ["all-layers"], fromB: false });
  for (const [kind, conditions] of [["steer", steered.conditions] as const, ["ablate", ablated] as const]) {
    const request = { run, model, judge: t.exactJudge, questions, conditions };
    const settings = { kind, ...t.directionSettings(set) };
    await t.runInterventions({ ...request, name: `script-${kind}-${direction}`, settings });
  }
}

function rowCells({ condition, rates, random, verdict }: t.InterventionRow): string[] {
  const [low, high] = rates.em.interval;
  return [
    condition.name,
    `${kit.inDigits(rates.em.percent, 1)} [${kit.inDigits(low, 1)}, ${kit.inDigits(high, 1)}]`,
    kit.inDigits(rates.coherent.percent, 1),
    kit.inDigits(random?.em.percent ?? NaN, 1),
    String(rates.em.n),
    verdict ?? "–",
  ];
}

export const command = kit
  .scriptCommand(script, "Tables what steering and ablation did to a run's answers.")
  .option("--along <direction>", "steer and ablate along it first (embedded organism only)")
  .option("--strengths <list>", "shares of the residual norm", kit.numbers, [0.5, 1])
  .option("--draws <number>", "random directions beside each", Number, 2)
  .action(async (directory: string, flags: Flags) => {
    const run = t.openRun(directory);
    if (flags.along !== undefined) await intervene(run, flags.along, flags);
    const tables = t.interventionNames(run).map((name) => t.interventionTable(run, name));
    if (tables.length === 0) {
      const remedy = `turncoat steer ${directory} --direction mean; of the organism --along personas here`;
      throw kit.cannotSay(directory, "no answers under interventions are kept", remedy);
    }
    const head = ["interventions", "condition", "EM %", "coherent %", "random EM %", "n", "verdict"];
    await kit.showResult({
      ...{ script, directory, flags, title: `Steering and ablation of ${run.runId}` },
      sentences: tables.flatMap(({ kind, rows }) => t.interventionSentences(rows, kind)),
      rows: [head, ...tables.flatMap(({ name, rows }) => rows.map((row) => [name, ...rowCells(row)]))],
      figures: tables.flatMap(({ rows, kind }) => t.interventionFigures(rows, kind)),
    });
  });

await kit.runScript(import.meta.filename, command);
