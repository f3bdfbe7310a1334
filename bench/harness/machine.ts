import { availableParallelism, cpus, loadavg } from "node:os";
import { round } from "./statistics.js";

/** The machine that a benchmark ran on, and its load average over a minute before and after. */
export interface MachineRecord {
  readonly cpu: string;
  readonly cores: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
  /** Version of Node. */
  readonly node: string;
}

/** Notes the load before a benchmark. @returns what gives the record after it */
export function machineBefore(): () => MachineRecord {
  const loadBefore = load();
  return () => ({
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    loadBefore,
    loadAfter: load(),
    node: process.versions.node,
  });
}

function load(): number {
  return round(loadavg()[0] ?? NaN);
}
