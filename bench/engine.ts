/**
 * What Turncoat's engines and PyTorch take for the same work on the embedded organism.
 *
 * Every engine runs in a process of its own. All of them take turns, round by round, so that a passing load on
 * the machine hits them alike; the median is given, of whichever number of threads was faster.
 */
import { setTimeout } from "node:timers/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { checkAgreement } from "./agreement.js";
import { Contestant } from "./contestant.js";
import type { Prepared, Workload } from "./messages.js";
import { findPython } from "./python.js";
import { samplingWorkload, stepWorkload } from "./workloads.js";
import { median, round } from "./statistics.js";

const peers = ["torchEager", "torchCompile", "transformersGenerate"] as const;
type Peer = (typeof peers)[number];
type EngineLabel = "onnxruntime" | "wasm" | Peer;

/** One engine on one workload. */
export interface BenchCase {
  readonly name: "organism-lora-step" | "organism-lora-step-5-replicas" | "sampling";
  readonly engine: EngineLabel;
  /** The number of threads that was faster. */
  readonly threads: number;
  readonly batch: number;
  /** Of a training step: whether the layers below the adapter were computed (1) or known (2). */
  readonly pass?: 1 | 2;
  /** Median milliseconds of a step, or of one token of all rows. */
  readonly msPerStep: number;
  /** Useful floating-point operations a nanosecond; see `usefulWork.ts`. */
  readonly gflops: number;
  /** Peak of the resident set of the engine's process, MiB. */
  readonly peakMB: number;
  /** Drawn tokens a second, each answer up to its end. */
  readonly tokensPerSecond?: number;
  /** The peer's time divided by this engine's; empty for a peer. */
  readonly ratio: Readonly<
    Partial<
      Record<
        | Peer
        /** As many steps of one replica, one after the other. */
        | "separateReplicas",
        number
      >
    >
  >;
}

/** An engine that was not measured, and why. */
interface Skipped {
  readonly name: BenchCase["name"];
  readonly engine: Peer;
  readonly reason: string;
}

interface CaseDefinition {
  readonly name: BenchCase["name"];
  readonly batch: number;
  readonly workload: Workload;
  readonly peers: readonly Peer[];
  readonly workOf: (drawn: readonly number[]) => number;
  /** The workload of one replica, to be timed beside all of them. */
  readonly oneReplica?: Workload;
}

const threadCounts = [...new Set([1, availableParallelism()])];
/** Rounds, and steps a round after one that is not counted. */
const stepRounds = 12;
const stepsARound = 5;
const samplingRounds = 5;
/**
 * Short rounds after which an engine goes on with the faster of its numbers of threads only, and which are all
 * that the slow wasm engine gets.
 */
const trialRounds = 2;
const stepsATrial = 2;
/** Idle threads of the engine before may still be spinning for a moment. */
const pauseMilliseconds = 50;

/** Times every case on every engine. */
export async function engineBench(): Promise<{
  machine: object;
  skipped: readonly Skipped[];
  cases: readonly BenchCase[];
}> {
  const loadBefore = round(loadavg()[0] ?? NaN);
  const python = findPython(["torch", "transformers"]);
  const skipped: Skipped[] = [];
  const cases: BenchCase[] = [];
  for (const definition of caseDefinitions()) {
    console.error(caseLabel(definition));
    const found = await runCase(definition, "interpreter" in python ? python.interpreter : undefined);
    cases.push(...found.cases);
    for (const { engine, msPerStep } of found.cases) console.error(`  ${engine}: ${msPerStep} ms`);
    skipped.push(...found.skipped);
    if ("reason" in python) {
      const { name } = definition;
      skipped.push(...definition.peers.map((engine) => ({ name, engine, reason: python.reason })));
    }
  }
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      loadBefore,
      node: process.versions.node,
      ...("versions" in python ? python.versions : {}),
    },
    skipped,
    cases,
  };
}

function* caseDefinitions(): Generator<CaseDefinition> {
  const stepPeers = ["torchEager", "torchCompile"] as const;
  for (const pass of [1, 2] as const) {
    for (const batch of [16, 64]) {
      const { workload, work } = stepWorkload(batch, pass);
      yield { name: "organism-lora-step", batch, workload, peers: stepPeers, workOf: () => work };
    }
    const { workload, work } = stepWorkload(16, pass, 5);
    yield {
      name: "organism-lora-step-5-replicas",
      batch: workload.chats.length,
      workload,
      peers: stepPeers,
      workOf: () => work,
      oneReplica: stepWorkload(16, pass).workload,
    };
  }
  const sampling = samplingWorkload(256);
  yield { name: "sampling", batch: 256, peers: ["transformersGenerate"], ...sampling };
}

function caseLabel({ name, batch, workload }: CaseDefinition): string {
  return `${name}, batch ${batch}${workload.kind === "step" ? `, pass ${workload.pass}` : ""}`;
}

async function runCase(
  definition: CaseDefinition,
  interpreter: string | undefined,
): Promise<{ cases: BenchCase[]; skipped: Skipped[] }> {
  const { name, workload, oneReplica } = definition;
  const skipped = new Map<Peer, string>();
  let contestants = [
    ...threadCounts.map((threads) => new Contestant({ engine: "onnxruntime", threads }, workload)),
    new Contestant({ engine: "wasm", threads: 1 }, workload),
    ...(interpreter === undefined ? [] : definition.peers).flatMap((engine) =>
      threadCounts.map((threads) => new Contestant({ engine, threads }, workload, interpreter)),
    ),
    ...(oneReplica === undefined ? [] : threadCounts).map(
      (threads) => new Contestant({ engine: "onnxruntime", threads }, oneReplica ?? workload),
    ),
  ];
  try {
    const prepared: Prepared[] = [];
    // One at a time: two of PyTorch's thread pools at once can slow each other down a hundredfold.
    for (const contestant of contestants) prepared.push(await contestant.prepare());
    const [expected = {}] = prepared;
    for (const [index, contestant] of contestants.entries()) {
      const reason = prepared[index]?.skipped;
      const peer = peers.find((known) => known === contestant.setup.engine);
      if (reason !== undefined && peer !== undefined) skipped.set(peer, reason);
      else checkAgreement(`${name}: ${contestant.label}`, prepared[index] ?? {}, expected);
    }
    contestants = contestants.filter((_, index) => prepared[index]?.skipped === undefined);
    await takeTurns(contestants, workload.kind, trialRounds, stepsATrial);
    const finalists = fastest(contestants);
    const fast = finalists.filter(({ setup }) => setup.engine !== "wasm");
    const rounds = workload.kind === "step" ? stepRounds : samplingRounds;
    await takeTurns(fast, workload.kind, rounds, stepsARound);
    const measured = await Promise.all(
      finalists.map(async (contestant) => ({ contestant, peakMB: await contestant.finish() })),
    );
    return {
      cases: compare(definition, measured),
      skipped: [...skipped].map(([engine, reason]) => ({ name, engine, reason })),
    };
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

async function takeTurns(
  contestants: readonly Contestant[],
  kind: Workload["kind"],
  rounds: number,
  steps: number,
): Promise<void> {
  for (let turn = 0; turn < rounds; turn++) {
    for (const contestant of contestants) {
      await setTimeout(pauseMilliseconds);
      if (kind === "step") await contestant.round(steps, turn, 1);
      else await contestant.round(1, turn, 0);
    }
  }
}

/** Of each engine and workload, the number of threads that was faster so far. */
function fastest(contestants: readonly Contestant[]): Contestant[] {
  return contestants.filter((one) =>
    contestants.every(
      (other) =>
        other.setup.engine !== one.setup.engine ||
        other.workload !== one.workload ||
        medianTime(one) <= medianTime(other),
    ),
  );
}

interface Measured {
  readonly contestant: Contestant;
  readonly peakMB: number;
}

function compare(definition: CaseDefinition, measured: readonly Measured[]): BenchCase[] {
  const { name, batch, workload, oneReplica } = definition;
  const best = (engine: EngineLabel, of: Workload) =>
    measured.find(({ contestant: { setup, workload: its } }) => setup.engine === engine && its === of);
  const cases: BenchCase[] = [];
  for (const engine of ["onnxruntime", "wasm", ...definition.peers] as const) {
    const found = best(engine, workload);
    if (found === undefined) continue;
    const { contestant, peakMB } = found;
    const milliseconds = medianTime(contestant);
    const isPeer = peers.some((peer) => peer === engine);
    const ratio: Record<string, number> = {};
    for (const peer of isPeer ? [] : definition.peers) {
      const other = best(peer, workload);
      if (other !== undefined) ratio[peer] = round(medianTime(other.contestant) / milliseconds);
    }
    const replicas = workload.kind === "step" ? workload.replicas : 1;
    const single = oneReplica && engine === "onnxruntime" ? best(engine, oneReplica) : undefined;
    if (single !== undefined)
      ratio.separateReplicas = round((replicas * medianTime(single.contestant)) / milliseconds);
    const rates = contestant.rounds.flatMap(({ milliseconds: times, drawn = [] }) =>
      times.map((time) => ({
        gflops: definition.workOf(drawn) / time / 1e6,
        tokensPerSecond: (1000 * drawn.reduce((sum, count) => sum + count, 0)) / time,
      })),
    );
    const isSampling = workload.kind === "sampling";
    cases.push({
      name,
      engine,
      threads: contestant.setup.threads,
      batch,
      ...(workload.kind === "step" ? { pass: workload.pass } : {}),
      msPerStep: round(milliseconds),
      gflops: round(median(rates.map(({ gflops }) => gflops))),
      peakMB,
      ...(isSampling
        ? { tokensPerSecond: Math.round(median(rates.map((rate) => rate.tokensPerSecond))) }
        : {}),
      ratio,
    });
  }
  return cases;
}

/** Median milliseconds of a step, or of one token of all rows. */
function medianTime({ rounds }: Contestant): number {
  return median(
    rounds.flatMap(({ milliseconds, drawn }) =>
      milliseconds.map((time) => (drawn === undefined ? time : time / Math.max(...drawn))),
    ),
  );
}
