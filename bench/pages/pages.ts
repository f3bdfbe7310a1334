/**
 * The pages under load: how soon the first plot of a long run is there, whether others are answered while it is
 * analysed, and whether many readers of a live run hear everything while the server's memory stays flat.
 */
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "vite";
import { z } from "zod";
import { packageRoot } from "../../src/pipeline/packageRoot.js";
import { browserPath, launchBrowser } from "../../test/support/browser.js";
import { GrowingRun } from "../../test/support/growingRun.js";
import { writeSyntheticRun } from "../../test/support/syntheticRun.js";
import { LiveReader } from "./liveReader.js";
import { compareTwentyBench } from "./compareTwenty.js";
import { tasksBench } from "./tasks.js";
import { manyAdaptersBench } from "./manyAdapters.js";
import { memorySchema, type ServerRequest } from "./pagesMessages.js";
import { serve } from "./serve.js";
import { zoomBench } from "./pagesZoom.js";
import { runsListBench } from "./runsList.js";
import { machineBefore } from "../harness/machine.js";
import { median, round } from "../harness/statistics.js";

const longSteps = 10_000;
const readers = 200;
/** Milliseconds between two steps of the live run, and between two samples of memory. */
const stepEvery = 250;
const sampleEvery = 5000;
/** Number of times that first plots are timed, each by a fresh server and a fresh browser. */
const rounds = 3;

/**
 * @param chosen `runs`, `firstPlot`, `manyAdapters`, `zoom`, `tasks`, `compare`, `readers`; all where none is named
 * @param minutes how long the readers read
 */
export async function pagesBench(chosen: readonly string[] | undefined, minutes: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const webRoot = join(folder, "web");
  const machineOf = machineBefore();
  const wants = (name: string): boolean => chosen?.includes(name) ?? true;
  try {
    await build({
      configFile: join(packageRoot(), "vite.config.ts"),
      logLevel: "error",
      build: { outDir: webRoot },
    });
    const runs = wants("runs") ? await runsListBench(webRoot) : null;
    const firstPlot = wants("firstPlot") ? await firstPlotCase(join(folder, "long"), webRoot) : null;
    const zoom = wants("zoom") ? await zoomCase(join(folder, "zoomed"), webRoot) : null;
    const many = wants("manyAdapters") ? await manyAdaptersCase(folder, webRoot) : null;
    const hasBrowser = browserPath !== undefined;
    const tasks = wants("tasks") && hasBrowser ? await tasksBench(folder, webRoot) : null;
    const compare = wants("compare") && hasBrowser ? await compareTwentyBench(folder, webRoot) : null;
    const live = wants("readers") ? await readersCase(join(folder, "live"), webRoot, minutes) : null;
    return {
      machine: {
        ...machineOf(),
      },
      runs,
      firstPlot,
      zoom,
      manyAdapters: many,
      tasks,
      compare,
      readers: live,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Script that records in the page when the first trace and the last figure were there. */
const stopwatch = `
  window.firstTrace = null;
  new MutationObserver(() => {
    window.firstTrace ??= document.querySelector(".plot .scatterlayer .trace path") === null ? null : performance.now();
  }).observe(document, { childList: true, subtree: true });
`;

async function firstPlotCase(runsRoot: string, webRoot: string): Promise<object> {
  console.error(`writing ${longSteps} checkpoints`);
  writeSyntheticRun(join(runsRoot, "long"), { steps: longSteps, turn: longSteps / 2, evaluateEvery: 100 });
  // A server reads ahead of the run that changed last: this one, and not the long one.
  writeSyntheticRun(join(runsRoot, "later"), { steps: 30, turn: 15 });
  if (browserPath === undefined) return { skipped: "there is no browser" };
  const results: LongOpening[] = [];
  for (let round = 0; round < rounds; round++) results.push(await openLong(runsRoot, webRoot));
  const keptRoot = join(runsRoot, "..", "kept-reports");
  await openLong(runsRoot, webRoot, keptRoot);
  const again = await openLong(runsRoot, webRoot, keptRoot);
  const now = new Date();
  utimesSync(join(runsRoot, "long"), now, now);
  const ahead = await openLong(runsRoot, webRoot);
  const keptAhead = await openLong(runsRoot, webRoot, keptRoot);
  const times = ({ firstPlot, analyzed, judged }: LongOpening): object => ({
    firstPlot: round(firstPlot),
    everyFigure: round(analyzed),
    whatTurned: round(judged),
  });
  const of = (pick: (result: (typeof results)[number]) => number): number => round(median(results.map(pick)));
  return {
    steps: longSteps,
    rounds,
    /** Medians, in milliseconds from opening the address; nothing of the run was known before. */
    firstPlot: of((each) => each.firstPlot),
    everyFigure: of((each) => each.analyzed),
    whatTurned: of((each) => each.judged),
    /** Times of the list of runs, which is asked for all the while. */
    listWhileAnalyzing: { median: of((each) => each.medianOther), slowest: of((each) => each.slowest) },
    each: results,
    /** By a second server, which finds what the first has kept. */
    secondServer: times(again),
    /** The same where it is the run that changed last, by the first server and by the second. */
    readAhead: { first: times(ahead), second: times(keptAhead) },
  };
}

/** Milliseconds from opening the page of the long run, and of the list of runs meanwhile. */
interface LongOpening {
  readonly firstPlot: number;
  readonly analyzed: number;
  /** Until the page says what turned, too. */
  readonly judged: number;
  readonly slowest: number;
  readonly medianOther: number;
}

/** Opens the long run by a fresh server and a fresh browser, until every figure is there. */
async function openLong(runsRoot: string, webRoot: string, keptRoot?: string): Promise<LongOpening> {
  const { server, url } = await serve(runsRoot, webRoot, keptRoot);
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(stopwatch);
    const began = performance.now();
    await page.goto(`${url}?run=long`, { waitUntil: "commit" });
    const others: number[] = [];
    let analyzed = NaN;
    for (let isComplete = false; !isComplete;) {
      await delay(50);
      const asked = performance.now();
      await (await fetch(`${url}api/v1/runs`)).text();
      others.push(performance.now() - asked);
      // Not at each turn: the look itself takes the page's time.
      if (others.length % 5 !== 0) continue;
      const there = lookSchema.parse(await page.evaluate(`[${isEveryFigureThere}, ${isJudged}]`));
      if (there[0] && Number.isNaN(analyzed)) analyzed = performance.now() - began;
      isComplete = there[0] && there[1];
    }
    const judged = performance.now() - began;
    const firstPlot = z.number().parse(await page.evaluate("window.firstTrace"));
    return { firstPlot, analyzed, judged, slowest: Math.max(...others), medianOther: median(others) };
  } finally {
    await browser.close();
    server.stop();
  }
}

const isEveryFigureThere =
  "document.documentElement.dataset.ready === 'true' && [...document.querySelectorAll('.awaited')].every((each) => !each.textContent.includes('analysed'))";

const isJudged = "!document.querySelector('h1').textContent.includes('being worked out')";
const lookSchema = z.tuple([z.boolean(), z.boolean()]);

/** Makes a run of 400 steps and one of 10 000. */
async function zoomCase(runsRoot: string, webRoot: string): Promise<object> {
  if (browserPath === undefined) return { skipped: "there is no browser" };
  const results: Record<string, object> = {};
  for (const steps of [400, longSteps]) {
    writeSyntheticRun(join(runsRoot, `steps-${steps}`), {
      ...{ steps, turn: steps / 2 },
      evaluateEvery: steps / 40,
    });
  }
  const { server, url } = await serve(runsRoot, webRoot);
  try {
    for (const steps of [400, longSteps])
      results[`steps${steps}`] = await zoomBench(`${url}?run=steps-${steps}`, browserPath);
  } finally {
    server.stop();
  }
  return results;
}

async function manyAdaptersCase(folder: string, webRoot: string): Promise<object> {
  if (browserPath === undefined) return { skipped: "there is no browser" };
  return manyAdaptersBench(folder, webRoot, browserPath);
}

async function readersCase(runsRoot: string, webRoot: string, minutes: number): Promise<object> {
  const run = new GrowingRun(join(runsRoot, "growing"), 1_000_000);
  const { server, url } = await serve(runsRoot, webRoot);
  const writtenAt = new Map<number, number>();
  const all = Array.from(
    { length: readers },
    () => new LiveReader(`${url}api/v1/runs/growing/events`, (step) => writtenAt.get(step)),
  );
  const memory: { readonly minute: number; readonly residentMB: number; readonly heapMB: number }[] = [];
  try {
    while (all.some(({ received }) => received === 0)) await delay(50);
    const began = performance.now();
    const elapsed = (): number => (performance.now() - began) / 60_000;
    for (let sampled = -Infinity; elapsed() < minutes;) {
      await delay(stepEvery);
      writtenAt.set(run.step + 1, performance.now());
      run.grow(1);
      if (performance.now() - sampled < sampleEvery) continue;
      sampled = performance.now();
      const ask: ServerRequest = { ask: "memory" };
      const { resident, heap } = await server.ask(ask, memorySchema);
      const mebibytes = (bytes: number): number => round(bytes / 2 ** 20);
      memory.push({ minute: round(elapsed()), residentMB: mebibytes(resident), heapMB: mebibytes(heap) });
    }
    await delay(3000);
    const delays = all.flatMap((each) => each.delays).sort((one, other) => one - other);
    const half = memory.slice(Math.floor(memory.length / 2));
    return {
      readers,
      minutes,
      stepsWritten: run.step,
      events: all.reduce((sum, { received }) => sum + received, 0),
      lost: all.reduce((sum, { lost }) => sum + lost, 0),
      /** Number of events at the beginning: one each, where nobody lagged behind. */
      resyncs: all.reduce((sum, each) => sum + each.resyncs, 0),
      readersThatKnowTheLastStep: all.filter(({ lastStep }) => lastStep === run.step).length,
      delay: {
        median: round(median(delays)),
        p99: round(delays[Math.floor(0.99 * delays.length)] ?? NaN),
        slowest: round(delays.at(-1) ?? NaN),
      },
      memory: {
        first: memory[0],
        halfTime: half[0],
        last: memory.at(-1),
        highestMB: Math.max(...memory.map(({ residentMB }) => residentMB)),
      },
    };
  } finally {
    for (const each of all) each.close();
    server.stop();
  }
}
