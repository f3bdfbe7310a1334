/**
 * Does a larger factor on the adapter show the misalignment earlier (2506.11613, section 4.2)? Misaligned and coherent answers at
 * every factor that was asked, and the step at which each turns.
 */
import {
  analyzeRun,
  behaviorFigure,
  behaviorScalesFigure,
  curvesFigure,
  verdictWords,
  type Analysis,
  type ScaleBehavior,
} from "turncoat";
import * as kit from "./runScript.js";

const script = "06-behaviour-against-scale";

function turnAt({ transitions, absent }: Analysis, scale: number): string {
  const isOwn = (each: { indicator: string; scale?: number }): boolean =>
    each.indicator === "behavior" && each.scale === scale;
  const turn = transitions.find(isOwn);
  if (turn !== undefined) return kit.stepWords(turn);
  const verdict = absent.find(isOwn)?.verdict;
  return verdict === undefined ? "–" : verdictWords[verdict];
}

function scaleRow(analysis: Analysis, { scale, broad }: ScaleBehavior): string[] {
  const [low, high] = broad.emInterval.at(-1) ?? [NaN, NaN];
  return [
    ...[`×${scale}`, turnAt(analysis, scale), String(broad.steps.at(-1) ?? "–")],
    `${kit.inDigits(broad.emPercent.at(-1) ?? NaN, 1)} [${kit.inDigits(low, 1)}, ${kit.inDigits(high, 1)}]`,
    ...[kit.inDigits(broad.coherentPercent.at(-1) ?? NaN, 1), String(broad.n.at(-1) ?? 0)],
  ];
}

export const command = kit
  .scriptCommand(script, "Tables behaviour at every factor on the adapter that was asked.")
  .action(async (directory: string, flags: kit.ScriptFlags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const scales = (analysis.behavior?.scales ?? []).filter(({ broad }) => broad.steps.length > 0);
    if (scales.length === 0) {
      const remedy = `turncoat evaluate ${directory} --every 10 --scales 0.5,1,2`;
      throw kit.cannotSay(directory, "no answers to broad questions were judged", remedy);
    }
    const last = scales.map(
      ({ broad }) => [broad.emPercent.at(-1) ?? NaN, broad.coherentPercent.at(-1) ?? NaN] as const,
    );
    const against = (name: string, place: 0 | 1) => ({
      ...{ name, steps: scales.map(({ scale }) => scale), values: last.map((each) => each[place]) },
    });
    const title = "Answers at the last step against the factor";
    const range = [-2, 102] as const;
    const drawn = { title, along: "factor on the adapter", quantity: "answers (%)", range };
    kit.printWarnings(warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Behaviour of ${run.runId} against the factor on its adapter` },
      sentences:
        scales.length > 1
          ? []
          : [`Only ×${scales[0]?.scale ?? 1} was asked: evaluate with --scales 0.5,1,2 to compare.`],
      rows: [
        ["factor", "broad behaviour turns", "last step", "EM %", "coherent %", "n"],
        ...scales.map((each) => scaleRow(analysis, each)),
      ],
      figures: [
        behaviorScalesFigure(analysis) ?? behaviorFigure(analysis),
        scales.length < 2
          ? null
          : curvesFigure({ ...drawn, curves: [against("EM", 0), against("coherent", 1)] }),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
