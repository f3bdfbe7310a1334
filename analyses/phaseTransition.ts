/**
 * When does a run turn? Every indicator with its step and interval, those that do not turn and why, and the curves
 * they were found on.
 */
import {
  absenceReason,
  analyzeRun,
  behaviorFigure,
  cosineToFinalFigure,
  eventWords,
  gradientNormFigure,
  localCosineFigure,
  normsFigure,
  summary,
  verdictWords,
  type AdapterAnalysis,
  type Analysis,
} from "turncoat";
import { adapterOf } from "./adapterOf.js";
import {
  inDigits,
  printTable,
  printWarnings,
  runScript,
  scriptCommand,
  writeFigures,
  type ScriptFlags,
} from "./runScript.js";

interface Flags extends ScriptFlags {
  readonly adapter?: string;
}

const script = "phaseTransition";

function transitionRows(analysis: Analysis): string[][] {
  const about = (adapter: string | undefined, scale: number | undefined): string =>
    adapter ?? (scale === undefined ? "run" : `answers, adapter ×${scale}`);
  return [
    ["event", "of", "verdict", "step", "interval", "found by, or why not"],
    ...analysis.transitions.map(({ indicator, adapter, scale, step, interval, method }) => [
      eventWords(indicator),
      about(adapter, scale),
      verdictWords.turns,
      inDigits(step, 0),
      `[${inDigits(interval[0], 1)}, ${inDigits(interval[1], 1)}]`,
      method,
    ]),
    ...analysis.absent.map((each) => [
      eventWords(each.indicator),
      about(each.adapter, each.scale),
      verdictWords[each.verdict],
      "–",
      "–",
      absenceReason(each),
    ]),
  ];
}

function figures(
  analysis: Analysis,
  adapter: AdapterAnalysis | undefined,
): Parameters<typeof writeFigures>[0] {
  const options = adapter === undefined ? {} : { adapter: adapter.name };
  return [
    behaviorFigure(analysis),
    gradientNormFigure(analysis),
    normsFigure(analysis, options),
    localCosineFigure(analysis, options),
    cosineToFinalFigure(analysis, options),
  ];
}

const command = scriptCommand(script, "Finds the steps at which a run turns, with intervals.")
  .option("--adapter <module>", "module path of the adapter to draw (default: the first)")
  .action(async (directory: string, flags: Flags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const adapter = adapterOf(analysis, flags.adapter);
    const sentences = summary(analysis);
    printWarnings(warnings);
    console.log(`${sentences.join("\n")}\n`);
    printTable(transitionRows(analysis));
    writeFigures(figures(analysis, adapter), {
      script,
      directory,
      out: flags.out,
      title: `Phase transition of ${run.runId}`,
      sentences,
    });
  });

await runScript(command);
