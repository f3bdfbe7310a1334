/**
 * Several runs, each counted from its own transition: what is alike before and after it? Seeds of one recipe that turn at different
 * steps fall on top of each other where one event carries the rest.
 */
import { Option } from "commander";
import {
  analyzeRun,
  compareRuns,
  detectors,
  eventWords,
  type RunToCompare,
  type TransitionIndicator,
} from "turncoat";
import * as kit from "./runScript.js";

interface Flags extends kit.ScriptFlags {
  readonly by: TransitionIndicator;
}

const script = "07-event-alignment";

function lagWords({ analysis }: RunToCompare, by: TransitionIndicator): string {
  const lags = analysis.lags.filter(({ from, to }) => from === by || to === by);
  const words = lags.map(({ from, to, steps }) => `${eventWords(from)} → ${eventWords(to)} ${steps}`);
  return words.join("; ") || "–";
}

export const command = kit
  .scriptCommand(script, "Puts runs on one axis that counts from a transition of each.", {
    name: "<runs...>",
    example: "runs/seed*",
  })
  .addOption(
    new Option("--by <event>", "transition whose step becomes 0")
      .choices(detectors.map(({ name }) => name))
      .default("rotation"),
  )
  .action(async (directories: string[], flags: Flags) => {
    const runs: RunToCompare[] = [];
    for (const directory of directories) {
      const { run, analysis, warnings } = await analyzeRun(directory);
      kit.printWarnings(warnings);
      const id = runs.some((each) => each.id === run.runId) ? directory : run.runId;
      runs.push({ id, analysis, probe: null, recipe: "", recipeKey: null, seed: run.manifest?.seed ?? null });
    }
    const [first = ""] = directories;
    const { figures, leftOut } = compareRuns(runs, { alignment: "transition", indicator: flags.by });
    if (leftOut.length === runs.length) {
      const remedy = `Choose another event with --by, such as ${runs[0]?.analysis.transitions[0]?.indicator ?? "behavior"}, or other runs.`;
      const reasons = leftOut.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
      throw kit.cannotSay(first, `no run to align: ${reasons}`, remedy);
    }
    await kit.showResult({
      ...{ script, directory: first, flags, title: `Runs counted from where ${eventWords(flags.by)}` },
      sentences: leftOut.map(({ id, reason }) => `Left out: ${id}, ${reason}.`),
      rows: [
        ["run", eventWords(flags.by), "steps from event to event"],
        ...runs.map((run) => [run.id, kit.turnWords(run.analysis, flags.by), lagWords(run, flags.by)]),
      ],
      figures: figures.map(({ figure }) => figure),
    });
  });

await kit.runScript(import.meta.filename, command);
