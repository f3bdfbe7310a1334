import { TurncoatError } from "../../../errors.js";
import type { StudyEngine } from "../../../pipeline/study/engines/studyEngine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { print } from "../../output/terminal.js";

/** Flags that choose where the runs of a study are made. */
export interface StudyEngineFlags extends EngineFlags {
  readonly files?: string;
  readonly workers?: number;
  readonly redis?: string;
  readonly slurm?: boolean;
  readonly print?: boolean;
  readonly wait?: boolean;
  readonly sbatch?: readonly string[];
  readonly upload?: string;
}

/** The engine that the flags choose; null for this process alone. */
export async function chosenEngine(flags: StudyEngineFlags, workers: number): Promise<StudyEngine | null> {
  const { redis, slurm } = flags;
  if (redis !== undefined && slurm === true) {
    throw new TurncoatError("expected --redis or --slurm, found both");
  }
  if (redis !== undefined) {
    const { redisEngine } = await import("../../../pipeline/study/engines/redisEngine.js");
    return redisEngine({ url: redis });
  }
  if (slurm === true) {
    const { slurmEngine } = await import("../../../pipeline/study/engines/slurmEngine.js");
    return slurmEngine({
      program: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
      ...{ isPrintedAlone: flags.print === true, isWaitedFor: flags.wait !== false, print },
      ...(flags.sbatch === undefined ? {} : { sbatch: flags.sbatch }),
    });
  }
  if (workers === 1) return null;
  const { hereEngine } = await import("../../../pipeline/study/engines/hereEngine.js");
  return hereEngine({ workers });
}
