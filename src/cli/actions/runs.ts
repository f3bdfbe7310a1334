import { toJson } from "../../analysis/toJson.js";
import { messageOf, TurncoatError } from "../../errors.js";
import { diffRuns, type RunsDiff } from "../../pipeline/catalog/diffRuns.js";
import { usuallyIgnored } from "../../pipeline/catalog/usuallyIgnored.js";
import { listedRun, type ListedRun } from "../../pipeline/catalog/listedRun.js";
import { runSummary, type RunSummary } from "../../pipeline/report/runSummary.js";
import { openRun } from "../../runs/openRun.js";
import { listRuns } from "../../runs/runCatalog.js";
import { diffText, listText, runText } from "../output/runsText.js";
import { print } from "../output/terminal.js";

interface JsonFlag {
  readonly json?: boolean;
}

/** Runs `turncoat runs list`. */
export function listAction(folder: string, flags: JsonFlag): void {
  const now = Date.now();
  const runs = [...listRuns({ runsRoot: folder })].map(([id, directory]) =>
    summarized(listedRun(id, directory, now)),
  );
  print(flags.json === true ? JSON.stringify(toJson({ runs })) : listText(runs));
}

/** Runs `turncoat runs show`. */
export function showAction(directory: string, flags: JsonFlag): void {
  const { manifest, checkpoints, gaps, warnings, runId } = openRun(directory);
  const run = summarized(listedRun(runId, directory, Date.now()));
  const whole = { ...run, checkpoints: checkpoints.map(({ step }) => step), gaps, warnings, manifest };
  print(flags.json === true ? JSON.stringify(toJson(whole)) : runText(run, { gaps, warnings }));
}

/** Runs `turncoat runs diff`. */
export function diffAction(
  directories: readonly string[],
  flags: JsonFlag & { readonly ignore: string[]; readonly all?: boolean },
): void {
  if (directories.length < 2) {
    throw new TurncoatError("runs diff: expected two runs or more, found one", {
      hint: "Name the run to compare it with.",
    });
  }
  const ignore = [...(flags.all === true ? [] : usuallyIgnored), ...flags.ignore];
  const diff = diffRuns(directories, { ignore });
  print(flags.json === true ? jsonOf(directories, diff) : diffText(directories, diff));
}

/** A setting that a run does not have is left out of its values, so that it cannot be taken for null. */
function jsonOf(directories: readonly string[], diff: RunsDiff): string {
  const differences = diff.differences.map(({ setting, values }) => ({
    setting,
    values: Object.fromEntries(directories.map((directory, index) => [directory, values[index]])),
  }));
  return JSON.stringify(toJson({ ...diff, runs: directories, differences }));
}

/** A run with the numbers that its answers give; null, and why, where they cannot be read. */
function summarized(run: ListedRun): ListedRun & { readonly summary: RunSummary | null } {
  if (run.status === "unreadable") return { ...run, summary: null };
  try {
    return { ...run, summary: runSummary(run.directory) };
  } catch (error) {
    return { ...run, trouble: { why: messageOf(error), fix: null }, summary: null };
  }
}
