import { existsSync } from "node:fs";
import { join } from "node:path";
import { toJson } from "../../analysis/toJson.js";
import { openModel } from "../../model/model.js";
import type { Domain } from "../../organism/world/index.js";
import { runDemo } from "../../pipeline/organism/demo.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { controlsOf } from "../../pipeline/evaluation/controlsOf.js";
import { reportsFolder } from "../open/cacheFolder.js";
import { startServerProcesses } from "../../server/reports/serverProcesses.js";
import { drawReport } from "../../pipeline/report/runReport.js";
import { freeName } from "../../runs/setAside.js";
import { startServer } from "../../server/http/startServer.js";
import type { PresetName } from "../../train/recipes/presetNames.js";
import { demoText } from "../output/demoText.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible, waitForInterrupt } from "../interrupt.js";
import { openBrowserIfPossible } from "../output/openBrowser.js";
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

/** Runs `turncoat demo`. */
export async function demoAction(flags: DemoFlags): Promise<void> {
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
  const processes = startServerProcesses({ keptRoot: reportsFolder() });
  const server = await startServer({
    runDirectories: [directory],
    ...processes.options,
    prepared: [report],
    port: flags.port,
  });
  // Before the words that tell how: a signal may come with them.
  const interrupted = waitForInterrupt();
  print(`\n${server.url}\npress Ctrl-C to stop`);
  if (flags.open) await openBrowserIfPossible(server.url);
  await interrupted;
  await server.close();
  processes.close();
}

/** The folder, or with the first number behind its name that makes it new: no run is ever replaced. */
function newFolder(folder: string): string {
  return existsSync(folder) ? freeName(`${folder}-`, 2) : folder;
}

function runName({ domain, aligned, recipe, seed }: DemoFlags): string {
  return `${aligned === true ? "good" : "bad"}-${domain}-${recipe}-seed${seed}`;
}
