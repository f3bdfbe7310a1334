/**
 * When does a run turn? Figures 7 to 10 of "Model Organisms for Emergent Misalignment" (2506.11613) of any run: behaviour,
 * gradient norm, norms, local cosine and path of B on one axis, with every verdict, its step and its interval.
 */
import {
  analyzeRun,
  behaviorFigure,
  cosineToFinalFigure,
  gradientNormFigure,
  localCosineFigure,
  normsFigure,
  pcaPathFigure,
  summary,
  timelineFigure,
} from "turncoat";
import { adapterOf } from "./adapterOf.js";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly adapter?: string;
}

const script = "01-phase-transition";

export const command = kit
  .scriptCommand(script, "Finds the steps at which a run turns, with intervals.")
  .option("--adapter <module>", "module path of the adapter to draw (default: the first)")
  .action(async (directory: string, flags: Flags) => {
    const { run, analysis, warnings } = await analyzeRun(directory);
    const adapter = adapterOf(analysis, flags.adapter);
    const options = adapter === undefined ? {} : { adapter: adapter.name };
    kit.printWarnings(warnings);
    await kit.showResult({
      ...{ script, directory, flags, title: `Phase transition of ${run.runId}` },
      sentences: summary(analysis),
      rows: kit.transitionRows(analysis),
      figures: [
        timelineFigure(analysis),
        behaviorFigure(analysis),
        gradientNormFigure(analysis),
        normsFigure(analysis, options),
        localCosineFigure(analysis, options),
        cosineToFinalFigure(analysis, options),
        pcaPathFigure(analysis, options),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
