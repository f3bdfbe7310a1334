/**
 * Is a turn the run's own, or does a careful control share it? The control began alike and saw the same prompts in the same order
 * with other answers. A turn that it shares does not say that misalignment did it (docs/methods.md §4.11).
 */
import { dirname, join } from "node:path";
import {
  analyzeRun,
  controlDifferenceFigure,
  controlSentence,
  controlVerdictWords,
  dispositionFigure,
  eventWords,
  heldAgainstControls,
  localCosineFigure,
  normsFigure,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly control?: readonly string[];
}

const script = "08-control-test";

export const command = kit
  .scriptCommand(script, "Holds every turn of a run against its careful control.")
  .option("--control <runs...>", "control runs (default: the one that run.json names)")
  .action(async (directory: string, flags: Flags) => {
    const analyzed = await analyzeRun(directory);
    const named = analyzed.run.manifest?.control;
    const controls = flags.control ?? (named === undefined ? [] : [join(dirname(directory), named)]);
    if (controls.length === 0) {
      const remedy = "Name one with --control, or train one: turncoat train … --paired CAREFUL.jsonl.";
      throw kit.cannotSay(directory, "the run names no control", remedy);
    }
    const { analysis, run, warnings } = analyzed;
    const held = await heldAgainstControls(analyzed, controls);
    kit.printWarnings([...warnings, ...held.pairings.flatMap((pairing) => pairing.warnings)]);
    const { verdicts } = held;
    await kit.showResult({
      ...{ script, directory, flags, title: `${run.runId} against ${held.controls.join(", ")}` },
      sentences:
        verdicts.length === 0
          ? ["The run has no turn that could be held against a control."]
          : verdicts.map(controlSentence),
      rows: [
        ["event", "of", "step", "interval", "verdict", "why"],
        ...verdicts.map((each) => [
          ...[eventWords(each.indicator), each.adapter ?? "run", kit.inDigits(each.step, 0)],
          `[${each.interval.map((bound) => kit.inDigits(bound, 0)).join(", ")}]`,
          ...[controlVerdictWords[each.verdict], each.against.map(({ reason }) => reason).join("; ")],
        ]),
      ],
      figures: [
        controlDifferenceFigure(analysis, held),
        localCosineFigure(analysis, { control: held }),
        normsFigure(analysis, { control: held }),
        dispositionFigure(analysis, held),
      ],
    });
  });

await kit.runScript(import.meta.filename, command);
