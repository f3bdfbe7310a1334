import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import { stepOfFolder } from "../../src/runs/layout.js";
import { hostileRuns, secret, secretPath } from "./hostileRuns.js";
import { projectedBeside } from "./seedRun.js";
import { ask, serveRuns } from "./servedRuns.js";

/** Longest answer about a hostile run, about the healthy one, and longest end of the server, in milliseconds. */
const [longest, longestHealthy, longestEnd] = [5000, 1000, 8000];
/** Most memory of a process of the server at any time, in MB. */
const mostMemory = 1024;
/** Requests about hostile runs under way at once. */
const atOnce = 3;

/** What the server did with hostile runs beside a healthy one. */
export interface HostileResult {
  readonly runs: number;
  readonly requests: number;
  /** Slowest answer about a hostile run, in milliseconds, and to what. */
  readonly slowest: { readonly milliseconds: number; readonly address: string };
  readonly healthyRequests: number;
  readonly slowestHealthy: { readonly milliseconds: number; readonly address: string };
  /** Most memory, in MB: of one process of the server, of all together (what they share counted once), and what was asked for at the first. */
  readonly memory: { readonly largest: number; readonly together: number; readonly after: string };
  /** Milliseconds that the server took to end once it was told to. */
  readonly ended: number;
  readonly failures: readonly string[];
}

const parts = [
  "report",
  "config",
  "answers",
  "answers/along",
  "notes",
  "summary",
  "live",
  "playground",
  "figures/loss",
  "figures/disposition",
];
const healthyParts = [
  "report",
  "figures/loss",
  "figures/norms",
  "answers",
  "notes",
  "summary",
  "live",
  "config",
];

/**
 * Serves hostile runs and a healthy one from one folder, asks for everything of all of them, and watches how soon the
 * healthy one is answered meanwhile.
 * @param until stops there, by `performance.now()`
 * @param words of which the name of a hostile run holds one; empty for all
 */
export async function hostileCampaign(
  seedRun: string,
  work: string,
  { until, words }: { readonly until: number; readonly words: readonly string[] },
): Promise<HostileResult> {
  const root = join(work, "served");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  cpSync(seedRun, join(root, "healthy"), { recursive: true });
  const outside = join(root, "healthy", secretPath);
  mkdirSync(dirname(outside), { recursive: true });
  writeFileSync(outside, secret);
  const small = join(work, "small");
  rmSync(small, { recursive: true, force: true });
  cpSync(seedRun, small, { recursive: true });
  for (const name of readdirSync(small)) {
    if ((stepOfFolder(name) ?? 0) % 10 !== 0) rmSync(join(small, name), { recursive: true });
  }
  const ids = new Map<string, string>();
  const chosen = Object.entries(hostileRuns(projectedBeside(seedRun))).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  for (const [index, [name, harm]] of chosen.entries()) {
    const id = `hostile-${index}`;
    cpSync(small, join(root, id), { recursive: true });
    harm(join(root, id));
    ids.set(id, name);
  }
  const failures: string[] = [];
  const { process: server, api: base, ended: exited } = await serveRuns(root);
  server.stderr.on("data", (data: Buffer) => failures.push(`the server said: ${data.toString().trim()}`));

  let requests = 0;
  let asking = "";
  let slowest = { milliseconds: 0, address: "" };
  const hostile = async (address: string, options: { readonly json?: unknown } = {}): Promise<void> => {
    if (performance.now() > until) return;
    asking = `${address} (${ids.get(/hostile-\d+/.exec(address)?.[0] ?? "") ?? ""})`;
    const { status, body, milliseconds } = await ask(new URL(address, base), options);
    requests++;
    const name = ids.get(/hostile-\d+/.exec(address)?.[0] ?? "") ?? "";
    if (milliseconds > slowest.milliseconds && !address.startsWith("compare"))
      slowest = { milliseconds, address: `${address} (${name})` };
    const what = `${name}: ${address}: ${status} after ${Math.round(milliseconds)} ms: ${body.slice(0, 200)}`;
    // A comparison waits for whole analyses, which take as long as they take.
    const isLate = milliseconds > longest && !address.startsWith("compare");
    if (status === 500 || isLate || body.includes(secret)) failures.push(what);
  };

  // Its analysis is there before the others come.
  await ask(new URL("runs/healthy/analysis", base));
  let healthyRequests = 0;
  let slowestHealthy = { milliseconds: 0, address: "" };
  const watch = { isOver: false };
  const healthy = (async () => {
    for (let count = 0; !watch.isOver; count++) {
      const address = `runs/healthy/${healthyParts[count % healthyParts.length] ?? ""}`;
      const { status, milliseconds } = await ask(new URL(address, base));
      healthyRequests++;
      if (milliseconds > slowestHealthy.milliseconds) slowestHealthy = { milliseconds, address };
      if (status !== 200 || milliseconds > longestHealthy) {
        failures.push(
          `healthy: ${address}: ${status} after ${Math.round(milliseconds)} ms, beside ${asking}`,
        );
      }
      await delay(100);
    }
  })();

  const memory = { largest: 0, together: 0, after: "" };
  const memoryWatch = setInterval(() => {
    const each = memoryOf(server.pid ?? 0);
    const largest = Math.max(...each.map(({ resident }) => resident));
    if (largest > memory.largest) [memory.largest, memory.after] = [largest, asking];
    memory.together = Math.max(
      memory.together,
      each.reduce((sum, { share }) => sum + share, 0),
    );
  }, 100);

  const limit = pLimit(atOnce);
  const about = [...ids.keys()].flatMap((id) => parts.map((part) => `runs/${id}/${part}`));
  const together = [...ids.keys()].map((id) => `compare?run=${id}&run=healthy`);
  await Promise.all([
    ...["runs", "stamps", "summaries"].map((address) => limit(() => hostile(address))),
    ...about.map((address) => limit(() => hostile(address))),
    ...[...ids.keys()].map((id) =>
      limit(() => hostile(`runs/${id}/notes`, { json: { step: 1, text: "seen" } })),
    ),
    ...together.map((address) => limit(() => hostile(address))),
    ...[...ids.keys()].map((id) =>
      limit(() => hostile(`compare/directions?run=${id}&run=healthy&of=misalignment`)),
    ),
    ...["runs", "stamps", "summaries"].map((address) => limit(() => hostile(address))),
  ]);
  watch.isOver = true;
  await healthy;
  clearInterval(memoryWatch);
  if (memory.largest > mostMemory) {
    failures.push(`a process of the server took ${memory.largest} MB, while asked for ${memory.after}`);
  }
  const told = performance.now();
  server.kill("SIGTERM");
  await Promise.race([exited, delay(longestEnd)]);
  const ended = performance.now() - told;
  if (server.exitCode === null && server.signalCode === null) {
    failures.push(`the server had not ended ${longestEnd} ms after SIGTERM`);
    server.kill("SIGKILL");
    await exited;
  }
  if (readFileSync(outside, "utf8") !== secret || readdirSync(dirname(outside)).length > 1) {
    failures.push("something was written outside the served folder");
  }
  return { runs: ids.size, requests, slowest, healthyRequests, slowestHealthy, memory, ended, failures };
}

/** Memory of a process, in MB: all that it has in memory, and its share of what several have (their program, say). */
interface ProcessMemory {
  readonly resident: number;
  readonly share: number;
}

/** Memory of a process and of each that it has started, as Linux counts it; nothing elsewhere. */
function memoryOf(pid: number): ProcessMemory[] {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const megabytes = (name: string): number =>
      Math.round(Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(rollup)?.[1] ?? 0) / 1024);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/);
    const theirs = children.filter((each) => each !== "").flatMap((each) => memoryOf(Number(each)));
    return [{ resident: megabytes("Rss"), share: megabytes("Pss") }, ...theirs];
  } catch {
    return [];
  }
}
