/**
 * Which directions does a run keep, how alike are they, and do prompts move along them before the model speaks? What 95 % of
 * directions drawn by chance stay below stands beside every movement (docs/methods.md §5.10).
 */
import {
  analyzeRun,
  chanceWidth,
  cosineBetween,
  curvesFigure,
  dispositionFigure,
  readDisposition,
  readingOf,
  storedDirections,
} from "turncoat";
import * as kit from "./runScript.js";

const script = "09-directions-and-disposition";

export const command = kit
  .scriptCommand(script, "Tables the directions of a run, and how far prompts move along them.")
  .action(async (directory: string, flags: kit.ScriptFlags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const stored = storedDirections(run);
    const disposition = readDisposition(run);
    if (stored.length === 0 && disposition === null) {
      const remedy = `turncoat disposition ${directory}, or turncoat direction find ${directory}`;
      throw kit.cannotSay(directory, "no direction is kept and no prompt was read", remedy);
    }
    kit.printWarnings(warnings);
    const last = stored.map(({ at, steps }) => at(steps.at(-1) ?? 0));
    const directions = [
      ["direction", "after layer", "of", "step", "length", ...last.map(({ name }) => `cosine with ${name}`)],
      ...last.map(({ name, layer, step, unit, vector }, index) => [
        ...[name, String(layer), stored[index]?.layers.join(", ") ?? "", String(step), kit.inDigits(unit, 3)],
        ...last.map((other) => kit.inDigits(cosineBetween(vector, other.vector), 2)),
      ]),
    ];
    const layers = disposition?.about.layers ?? [];
    const readings = disposition === null ? [] : layers.map((layer) => readingOf(disposition, { layer }));
    const rows = readings.map(({ direction, layer, steps, values, chance }) => {
      const [first, end, most] = [kit.meanOf(values[0]), kit.meanOf(values.at(-1)), chance.at(-1)];
      const shares = [first, end, end - first, most === undefined ? NaN : chanceWidth(most)];
      const place = [direction, String(layer), `${steps[0] ?? ""}–${steps.at(-1) ?? ""}`];
      return [...place, ...shares.map((share) => kit.inDigits(100 * share, 1))];
    });
    const curves = readings.map(({ layer, steps, values }) => ({
      name: `layer ${layer}`,
      steps,
      values: values.map((each) => 100 * kit.meanOf(each)),
    }));
    const drawn = {
      title: "Disposition after every layer",
      quantity: "% of the way to the misaligned side",
      analysis,
    };
    await kit.showResult({
      ...{ script, directory, flags, title: `Directions and disposition of ${run.runId}` },
      sentences:
        disposition === null
          ? [`Prompts were not read: turncoat disposition ${directory}.`]
          : [`Disposition turns: ${kit.turnWords(analysis, "disposition")}.`],
      before: [{ name: "directions", rows: directions }],
      rows: [["along", "layer", "steps", "first %", "last %", "change", "by chance ±"], ...rows],
      figures: [dispositionFigure(analysis), curves.length === 0 ? null : curvesFigure({ ...drawn, curves })],
    });
  });

await kit.runScript(import.meta.filename, command);
