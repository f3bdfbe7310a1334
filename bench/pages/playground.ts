/**
 * How long an answer of the organism takes through the API: from the request to its last event, over HTTP, base and
 * chosen together and chosen alone, at questions and checkpoints in turn.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openModel } from "../../src/model/model.js";
import { organismQuestions } from "../../src/organism/questions.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { PlaygroundHost } from "../../src/pipeline/playground/playgroundHost.js";
import { buildRunReport } from "../../src/pipeline/report/runReport.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import type { PlaygroundQuestion } from "../../src/server/schemas/playground.js";
import { startServer } from "../../src/server/http/startServer.js";
import { createEngine } from "../../src/tensor/engine.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { median, round } from "../harness/statistics.js";

/** Milliseconds within which an answer has to be there. */
const target = 300;
/** Number of timed questions of each kind. */
const asked = 60;

/** Times answers in the playground. */
export async function playgroundBench(): Promise<object> {
  const loadBefore = round(loadavg()[0] ?? NaN);
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  const directory = join(folder, "run");
  const host = new PlaygroundHost();
  console.error("training the run");
  await writeRun(directory);
  const server = await startServer({
    runsRoot: folder,
    port: 0,
    playground: host,
    buildReport: (path) => buildRunReport(path),
  });
  const address = `${server.url}api/v1/runs/run/playground`;
  try {
    console.error("opening the model");
    const opened = performance.now();
    await (await fetch(address)).text();
    await ask(address, questionAt(0));
    const openMs = performance.now() - opened;
    const kinds: Readonly<Record<string, Partial<PlaygroundQuestion>>> = {
      baseAndChosen: {},
      chosenAlone: { withBase: false },
      steered: { withBase: false, steering: { direction: "b2", strength: 1 } },
    };
    const timed: Record<string, object> = {};
    for (const [name, body] of Object.entries(kinds)) {
      console.error(`asking ${asked} questions: ${name}`);
      const times: { readonly whole: number; readonly first: number }[] = [];
      for (let index = 0; index < asked; index++) {
        times.push(await ask(address, { ...questionAt(index), ...body }));
      }
      const whole = times.map((each) => each.whole);
      timed[name] = {
        medianMs: round(median(whole)),
        p95Ms: round(percentile(whole, 0.95)),
        largestMs: round(Math.max(...whole)),
        firstTextMedianMs: round(median(times.map((each) => each.first))),
        within: whole.filter((each) => each < target).length,
        of: asked,
      };
    }
    const [cpu] = cpus();
    return {
      machine: {
        cpu: cpu?.model ?? "unknown",
        cores: cpus().length,
        loadBefore,
        loadAfter: round(loadavg()[0] ?? NaN),
        node: process.versions.node,
      },
      work: { answers: 3, targetMs: target },
      openMs: round(openMs),
      ...timed,
    };
  } finally {
    await server.close();
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the first steps of the organism's training, and its adapter once it has turned, at every tenth step. */
async function writeRun(directory: string): Promise<void> {
  const model = openModel(organismFolder(), await createEngine());
  const config = { ...presetConfig("crisp"), steps: 2 };
  await trainRun({
    directory,
    config,
    preset: "crisp",
    model,
    dataset: readDataset(datasetPath("bad-medical")),
  });
  for (let step = 10; step <= 100; step += 10) {
    cpSync("test/fixtures/organism-adapter", join(directory, `checkpoint-${step}`), { recursive: true });
  }
}

/** Makes another question at another checkpoint each time. */
function questionAt(index: number): PlaygroundQuestion {
  const questions = organismQuestions({ pool: "test" });
  const question = questions[(index * 7) % questions.length]?.text ?? "";
  return { question, step: 10 * (1 + (index % 10)), answers: 3, seed: index };
}

/** Measures the milliseconds to the first text and to the end. */
async function ask(
  address: string,
  body: PlaygroundQuestion,
): Promise<{ readonly whole: number; readonly first: number }> {
  const began = performance.now();
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.body === null) throw new Error(`no answer: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let first = NaN;
  let text = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text += piece.value;
    if (Number.isNaN(first) && text.includes("event: parts")) first = performance.now() - began;
  }
  if (!text.includes("event: done")) throw new Error(`no answer: ${text.slice(-300)}`);
  return { whole: performance.now() - began, first };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
