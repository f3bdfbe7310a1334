import { Command } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { messageOf, TurncoatError } from "../../errors.js";
import { diffRuns, usuallyIgnored, type RunsDiff } from "../../pipeline/catalog/diffRuns.js";
import { listedRun, type ListedRun } from "../../pipeline/catalog/listedRun.js";
import { runSummary, type RunSummary } from "../../pipeline/report/runSummary.js";
import { openRun } from "../../runs/openRun.js";
import { listRuns } from "../../runs/runCatalog.js";
import { diffText, listText, runText } from "../output/runsText.js";
import { print } from "../output/terminal.js";

interface JsonFlag {
  readonly json?: boolean;
}

/** `turncoat runs`: which runs there are, what one holds, and how several differ. */
export function runsCommand(): Command {
  return new Command("runs")
    .summary("list runs, show one, or say how several differ")
    .description("Lists runs, shows what one holds, or says how several were made differently.")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(diffCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description(
      "Lists the runs of a folder: state, recipe, seed, misaligned answers at the end, and the turn.",
    )
    .argument("[folder]", "folder that holds runs", "runs")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat runs list\n  $ turncoat runs list elsewhere --json\n")
    .action((folder: string, flags: JsonFlag) => {
      const now = Date.now();
      const runs = [...listRuns({ runsRoot: folder })].map(([id, directory]) =>
        summarized(listedRun(id, directory, now)),
      );
      print(flags.json === true ? JSON.stringify(toJson({ runs })) : listText(runs));
    });
}

function showCommand(): Command {
  return new Command("show")
    .description("Shows what a run holds: state, recipe, checkpoints, what is missing, and its numbers.")
    .argument("<run>", "run directory")
    .option("--json", "print one JSON object, with every checkpoint and run.json")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat runs show runs/demo\n  $ turncoat runs show runs/demo --json\n",
    )
    .action((directory: string, flags: JsonFlag) => {
      const { manifest, checkpoints, gaps, warnings, runId } = openRun(directory);
      const run = summarized(listedRun(runId, directory, Date.now()));
      const whole = { ...run, checkpoints: checkpoints.map(({ step }) => step), gaps, warnings, manifest };
      print(flags.json === true ? JSON.stringify(toJson(whole)) : runText(run, { gaps, warnings }));
    });
}

function diffCommand(): Command {
  return new Command("diff")
    .description("Lists the settings in which runs differ, and only those.")
    .argument("<runs...>", "run directories, two or more")
    .option("--json", "print one JSON object")
    .option(
      "--ignore <settings>",
      `settings to leave out beside ${usuallyIgnored.join(", ")}, divided by commas, such as seed,config.steps`,
      (text) => text.split(",").map((each) => each.trim()),
      [],
    )
    .option("--all", "leave nothing out")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat runs diff runs/seed-1 runs/seed-2\n" +
        "  $ turncoat runs diff runs/a runs/b --ignore seed,config.seed --json\n",
    )
    .action(
      (
        directories: readonly string[],
        flags: JsonFlag & { readonly ignore: string[]; readonly all?: boolean },
      ) => {
        if (directories.length < 2) {
          throw new TurncoatError("runs diff: expected two runs or more, found one", {
            hint: "Name the run to compare it with.",
          });
        }
        const ignore = [...(flags.all === true ? [] : usuallyIgnored), ...flags.ignore];
        const diff = diffRuns(directories, { ignore });
        print(flags.json === true ? jsonOf(directories, diff) : diffText(directories, diff));
      },
    );
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
