/**
 * What Turncoat's engines and PyTorch take for the same work on the embedded organism and on a model of
 * Qwen2.5-0.5B's shape.
 *
 * Every engine runs in a process of its own. All of them take turns, round by round, so that a passing load on
 * the machine hits them alike; the median is given, of whichever number of threads was faster.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { checkAgreement } from "./agreement.js";
import { compareCase, medianTime, type BenchCase } from "./compareCase.js";
import { Contestant } from "./contestant.js";
import {
  listedCases,
  peers,
  type CaseDefinition,
  type ListedCase,
  type Peer,
  type Turns,
} from "./engineCases.js";
import { machineBefore } from "../harness/machine.js";
import { findPython } from "../harness/python.js";

/** Engine that was not measured, and the reason. */
interface Skipped {
  readonly name: string;
  readonly engine: Peer;
  readonly reason: string;
}

/** Pause between engines, in milliseconds: idle threads of the one before may still be spinning. */
const pauseMilliseconds = 50;

/**
 * Times cases on every engine.
 * @param chosen beginnings of the ids of cases. @default all cases
 */
export async function engineBench(chosen: readonly string[] = [""]): Promise<{
  machine: object;
  skipped: readonly Skipped[];
  cases: readonly BenchCase[];
}> {
  const listed = chosenCases(chosen);
  const machineOf = machineBefore();
  const python = findPython(["torch", "transformers"]);
  const skipped: Skipped[] = [];
  const cases: BenchCase[] = [];
  const scratch = mkdtempSync(join(tmpdir(), "turncoat-bench-"));
  try {
    for (const { id, open } of listed) {
      console.error(id);
      const definition = open(scratch);
      const found = await runCase(definition, "interpreter" in python ? python.interpreter : undefined);
      cases.push(...found.cases);
      for (const { engine, msPerStep } of found.cases) console.error(`  ${engine}: ${msPerStep} ms`);
      skipped.push(...found.skipped);
      if ("reason" in python) {
        const { name } = definition;
        skipped.push(...definition.peers.map((engine) => ({ name, engine, reason: python.reason })));
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return {
    machine: {
      ...machineOf(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      ...("versions" in python ? python.versions : {}),
    },
    skipped,
    cases,
  };
}

function chosenCases(chosen: readonly string[]): ListedCase[] {
  const all = listedCases();
  const unknown = chosen.find((start) => !all.some(({ id }) => id.startsWith(start)));
  if (unknown !== undefined) {
    throw new Error(
      `--cases: expected beginnings of ${all.map(({ id }) => id).join(", ")}, found ${unknown}`,
    );
  }
  return all.filter(({ id }) => chosen.some((start) => id.startsWith(start)));
}

async function runCase(
  definition: CaseDefinition,
  interpreter: string | undefined,
): Promise<{ cases: BenchCase[]; skipped: Skipped[] }> {
  const { name, workload, oneReplica, products, engines, threadCounts, tolerance } = definition;
  const skipped = new Map<Peer, string>();
  const beside = [oneReplica, products].flatMap((other) => other ?? []);
  let contestants = [
    ...engines.flatMap((engine) =>
      (engine === "wasm" ? [1] : threadCounts).map(
        (threads) => new Contestant({ engine, threads }, workload),
      ),
    ),
    ...(interpreter === undefined ? [] : definition.peers).flatMap((engine) =>
      threadCounts.map((threads) => new Contestant({ engine, threads }, workload, interpreter)),
    ),
    ...beside.flatMap((other) =>
      threadCounts.map((threads) => new Contestant({ engine: "onnxruntime", threads }, other)),
    ),
  ];
  try {
    const prepared = new Map<Contestant, Awaited<ReturnType<Contestant["prepare"]>>>();
    // One at a time: two of PyTorch's thread pools at once can slow each other down a hundredfold.
    for (const contestant of contestants) prepared.set(contestant, await contestant.prepare());
    const [expected = {}] = prepared.values();
    for (const [contestant, found] of prepared) {
      const peer = peers.find((known) => known === contestant.setup.engine);
      if (found.skipped !== undefined && peer !== undefined) skipped.set(peer, found.skipped);
      else if (contestant.workload.kind !== "products")
        checkAgreement(`${name}: ${contestant.label}`, found, expected, tolerance);
    }
    contestants = contestants.filter((contestant) => prepared.get(contestant)?.skipped === undefined);
    await takeTurns(contestants, definition.trial);
    const finalists = fastest(contestants);
    const fast = finalists.filter(({ setup }) => setup.engine !== "wasm");
    await takeTurns(fast, definition.turns);
    const measured = await Promise.all(
      finalists.map(async (contestant) => ({ contestant, peakMB: await contestant.finish() })),
    );
    return {
      cases: compareCase(definition, measured),
      skipped: [...skipped].map(([engine, reason]) => ({ name, engine, reason })),
    };
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

async function takeTurns(
  contestants: readonly Contestant[],
  { rounds, counted, dropped }: Turns,
): Promise<void> {
  for (let turn = 0; turn < rounds; turn++) {
    for (const contestant of contestants) {
      await setTimeout(pauseMilliseconds);
      await contestant.round(counted, turn, dropped);
    }
  }
}

/** Finds for each engine and workload the number of threads that was faster so far. */
function fastest(contestants: readonly Contestant[]): Contestant[] {
  return contestants.filter((one) =>
    contestants.every(
      (other) =>
        other === one ||
        other.setup.engine !== one.setup.engine ||
        other.workload !== one.workload ||
        medianTime(one) <= medianTime(other),
    ),
  );
}
