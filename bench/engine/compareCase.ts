import type { Contestant } from "./contestant.js";
import { peers, type CaseDefinition, type CaseName, type EngineLabel, type Peer } from "./engineCases.js";
import type { ProductWorkload, Workload } from "./messages.js";
import { median, round } from "../harness/statistics.js";

/** Result of one engine on one workload. */
export interface BenchCase {
  readonly name: CaseName;
  readonly engine: EngineLabel;
  /** Number of threads that was faster. */
  readonly threads: number;
  readonly batch: number;
  /** Number of tokens of a training step on random tokens. */
  readonly tokens?: number;
  /** Pass of a training step: whether the layers below the adapter were computed (1) or known (2). */
  readonly pass?: 1 | 2;
  /** Median milliseconds of a step, or of one token of all rows. */
  readonly msPerStep: number;
  /** Median milliseconds of all cores together for as much, waiting threads that spin included. */
  readonly cpuMsPerStep: number;
  /** Useful floating-point operations a nanosecond; see `usefulWork.ts`. */
  readonly gflops: number;
  /** Rate of ONNX Runtime's matrix products of the MLP's sizes, and the share of it that `gflops` is. */
  readonly productGflops?: number;
  readonly productShare?: number;
  /** Peak of the resident set of the engine's process, MiB. */
  readonly peakMB: number;
  /** Drawn tokens a second, each answer up to its end. */
  readonly tokensPerSecond?: number;
  /** Ratio of each peer's time to this engine's; empty for a peer. */
  readonly ratio: Readonly<
    Partial<
      Record<
        | Peer
        /** Speed-up over equally many steps of one replica, one after the other. */
        | "separateReplicas",
        number
      >
    >
  >;
}

/** Contestant after its last round, and the peak of its resident set in MiB. */
export interface Measured {
  readonly contestant: Contestant;
  readonly peakMB: number;
}

/** Lists the results of a case, an engine each. */
export function compareCase(definition: CaseDefinition, measured: readonly Measured[]): BenchCase[] {
  const { name, batch, workload, oneReplica, products } = definition;
  const best = (engine: EngineLabel, of: Workload) =>
    measured.find(({ contestant: { setup, workload: its } }) => setup.engine === engine && its === of);
  const productRate = products === undefined ? undefined : rateOf(products, best("onnxruntime", products));
  const cases: BenchCase[] = [];
  for (const engine of [...definition.engines, ...definition.peers]) {
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
    const gflops = median(rates.map((rate) => rate.gflops));
    const isSampling = workload.kind === "sampling";
    cases.push({
      name,
      engine,
      threads: contestant.setup.threads,
      batch,
      ...(products === undefined ? {} : { tokens: products.rows }),
      ...(workload.kind === "step" ? { pass: workload.pass } : {}),
      msPerStep: round(milliseconds),
      cpuMsPerStep: round(medianTime(contestant, "cpuMilliseconds")),
      gflops: round(gflops),
      ...(productRate === undefined
        ? {}
        : { productGflops: round(productRate), productShare: round(gflops / productRate) }),
      peakMB,
      ...(isSampling
        ? { tokensPerSecond: Math.round(median(rates.map((rate) => rate.tokensPerSecond))) }
        : {}),
      ratio,
    });
  }
  return cases;
}

/** Computes median milliseconds of a step, or of one token of all rows: by the clock, or of all cores together. */
export function medianTime(
  { rounds }: Contestant,
  kind: "milliseconds" | "cpuMilliseconds" = "milliseconds",
): number {
  return median(
    rounds.flatMap(({ [kind]: times, drawn }) =>
      times.map((time) => (drawn === undefined ? time : time / Math.max(...drawn))),
    ),
  );
}

/** Computes floating-point operations a nanosecond. */
function rateOf(
  { rows, inner, outer, pairs }: ProductWorkload,
  found: Measured | undefined,
): number | undefined {
  return found && (4 * pairs * rows * inner * outer) / medianTime(found.contestant) / 1e6;
}
