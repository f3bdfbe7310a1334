import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { openModel } from "../../model/model.js";
import { fineTuneDomains, type Domain } from "../../organism/world/index.js";
import { runDemo } from "../../pipeline/organism/demo.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { startServerProcesses } from "../../server/reports/serverProcesses.js";
import { drawReport } from "../../pipeline/report/runReport.js";
import { freeName } from "../../runs/setAside.js";
import { startServer } from "../../server/http/startServer.js";
import { presetNames, presetSummaries, type PresetName } from "../../train/recipes/presets.js";
import { demoText } from "../output/demoText.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { interruptible, waitForInterrupt } from "../interrupt.js";
import { openBrowserIfPossible } from "../output/openBrowser.js";
import { oneOf, wholeNumber } from "../flags/parsers.js";
import { startProgress, type Progress } from "../output/progress.js";
import { print } from "../output/terminal.js";

interface DemoFlags extends EngineFlags {
  readonly domain: Domain;
  readonly aligned?: boolean;
  readonly recipe: PresetName;
  readonly seed: number;
  readonly out?: string;
  readonly every: number;
  readonly serve: boolean;
  readonly open: boolean;
  readonly port: number;
  readonly json?: boolean;
}

/** `turncoat demo`: the whole of it on the embedded organism. */
export function demoCommand(): Command {
  return withEngineOptions(new Command("demo"))
    .summary("train the embedded organism, evaluate, analyse, and open the plots")
    .description(
      "Trains the embedded organism with a rank-1 adapter on one domain's harmful answers, keeps the adapter at\n" +
        "every step, asks the checkpoints about every domain, and shows where direction and behaviour turn.",
    )
    .option(
      "--domain <name>",
      `domain to fine-tune on: ${fineTuneDomains.join(", ")}`,
      oneOf(fineTuneDomains),
      "medical",
    )
    .option("--aligned", "train on the domain's aligned answers instead: the control")
    .option("--recipe <name>", `settings: ${presetNames.join(", ")}`, oneOf(presetNames), "crisp")
    .option("--seed <number>", "seed of the adapter's start and of the data order", wholeNumber(0), 0)
    .option(
      "--out <folder>",
      "run directory (default: runs/ and a name from the options that no run has yet)",
    )
    .option(
      "--every <number>",
      "ask every n-th checkpoint, and all near the gradient's peak",
      wholeNumber(1),
      5,
    )
    .option("--no-serve", "end after the summary")
    .option("--no-open", "print the address of the pages and open no browser")
    .option("--port <number>", "port of the pages", wholeNumber(0), 7777)
    .option("--json", "print the summary as one JSON object")
    .addHelpText(
      "after",
      `\nRecipes:\n${presetNames.map((name) => `  ${name.padEnd(6)} ${presetSummaries[name]}`).join("\n")}\n` +
        "\nExample:\n  $ turncoat demo --domain finance --seed 3\n  $ turncoat demo --no-serve --json\n",
    )
    .action(async (flags: DemoFlags) => {
      const directory = flags.out ?? newFolder(join("runs", runName(flags)));
      const model = openModel(organismFolder(), await openEngine(flags));
      const bars = new Map<string, Progress>();
      const { summary, analyzed } = await interruptible((signal) =>
        runDemo({
          ...flags,
          preset: flags.recipe,
          directory,
          model,
          signal,
          onProgress: ({ stage, done, total, note }) => {
            const bar = bars.get(stage) ?? startProgress(stage, { quiet: flags.json === true });
            bars.set(stage, bar);
            bar.update(done, total, note);
            if (done >= total) bar.stop();
          },
        }),
      ).finally(() => bars.forEach((bar) => bar.stop()));
      const report = drawReport(analyzed);
      if (flags.json === true) print(JSON.stringify(toJson({ ...summary, controls: controlsOf(directory) })));
      else print(demoText(summary, report.sentences));
      if (!flags.serve) return;
      const processes = startServerProcesses();
      const server = await startServer({
        runDirectories: [directory],
        ...processes.options,
        prepared: [report],
        port: flags.port,
      });
      print(`\n${server.url}\npress Ctrl-C to stop`);
      if (flags.open) await openBrowserIfPossible(server.url);
      await waitForInterrupt();
      await server.close();
      processes.close();
    });
}

/** The folder, or with the first number behind its name that makes it new: no run is ever replaced. */
function newFolder(folder: string): string {
  return existsSync(folder) ? freeName(`${folder}-`, 2) : folder;
}

function runName({ domain, aligned, recipe, seed }: DemoFlags): string {
  return `${aligned === true ? "good" : "bad"}-${domain}-${recipe}-seed${seed}`;
}
