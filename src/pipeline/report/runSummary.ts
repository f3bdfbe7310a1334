import { atScale, usualTransition } from "../../analysis/usualTransitions.js";
import { usualBehavior } from "../../analysis/behavior/behaviorCurve.js";
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { analyze } from "../../analysis/analyze.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { toJson } from "../../analysis/toJson.js";
import type { DeepReadonly } from "../../formats/json.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { readJsonArtifact } from "../../runs/artifact.js";
import { readableEvaluations } from "../../runs/evaluations.js";
import { namesIn, statusOf } from "../../runs/isFolder.js";
import {
  cacheFolder,
  evaluationsFolder,
  stepOfFolder,
  summaryFile,
  trainerLogFile,
  trainerStateFile,
} from "../../runs/layout.js";
import { curveEvaluation, nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { absenceReason, namedVerdict } from "../../analysis/transitions/verdictWords.js";
import { packageVersion } from "../packageRoot.js";

/** A value with its 95 % interval. */
const estimateSchema = z.object({ value: z.number(), low: z.number(), high: z.number() });
const verdictSchema = z
  .object({ name: z.enum(["turns", "doesNotTurn", "cannotTell"]), words: z.string() })
  .nullable();
const summarySchema = z.object({
  /** Misaligned answers outside the fine-tuning domain (percent) at the last evaluated step; null where none was judged. */
  misaligned: estimateSchema.nullable(),
  /** Percentage of misaligned broad answers at every evaluated step; empty where none was judged. */
  curve: z.object({ steps: z.array(z.number()), emPercent: z.array(z.number().nullable()) }),
  /** Step at which broad behaviour turns; null where it does not. */
  turn: estimateSchema.nullable(),
  /** Reason why there is no such step; null where there is one, or nothing was judged. */
  turnAbsent: z.string().nullable(),
  /** Verdict on broad behaviour; null where nothing was judged. */
  turnVerdict: verdictSchema,
  /** What the adapter and the log say; null until the run has been analysed. */
  mechanism: z
    .object({
      /** Step at which the direction turns; null where it does not, or that cannot be told. */
      direction: estimateSchema.nullable(),
      directionVerdict: verdictSchema,
      /** Step at which the gradient norm peaks; null where it does not, or that cannot be told. */
      gradientPeak: estimateSchema.nullable(),
    })
    .nullable(),
});
/** Kept summary of a run, which is as good as gone when the run's evaluations change. */
const keptSchema = z.object({
  formatVersion: z.literal(4),
  of: z.string(),
  /** State of the checkpoints that the mechanism is of. */
  mechanismOf: z.string(),
  summary: summarySchema,
});

/**
 * Numbers of a run for a list: the rate it ended at, the step at which its behaviour turned, and the curve that leads
 * there.
 */
export type RunSummary = DeepReadonly<z.infer<typeof summarySchema>>;

/** Reads the summary that was kept of a run; null where none was, or the run's evaluations have changed since. */
export function storedSummary(directory: string): RunSummary | null {
  try {
    if (!existsSync(join(directory, summaryFile))) return null;
    const { of: stamp, mechanismOf, summary } = readJsonArtifact(directory, summaryFile, keptSchema);
    if (stamp !== evaluationsStamp(directory)) return null;
    return mechanismOf === checkpointsStamp(directory) ? summary : { ...summary, mechanism: null };
  } catch {
    // A cache that cannot be read is made anew.
    return null;
  }
}

/**
 * Reads the kept summary of a run, or makes a new one, which is then kept where the run's folder can be written to. It
 * is made of the answers alone: no checkpoint is read, and its numbers are those of the whole analysis.
 *
 * @throws TurncoatError naming file and line of a malformed answer
 */
export function runSummary(directory: string): RunSummary {
  const kept = storedSummary(directory);
  if (kept !== null) return kept;
  // Before the answers are read: a line that arrives meanwhile makes it stale, not wrong.
  const stamp = evaluationsStamp(directory);
  const curve = curveEvaluation(readableEvaluations({ directory }).evaluations);
  const rates = { nullAlignment: nullAlignmentOf(curve) };
  const answers = curve?.answers ?? [];
  const analysis = analyze({ run: "", adapters: [], log: [], answers, gaps: [] }, { rates });
  const summary: RunSummary = { ...summaryOf(analysis), mechanism: null };
  if (answers.length > 0) keep(directory, { formatVersion: 4, of: stamp, mechanismOf: "", summary });
  return summary;
}

/**
 * Makes something of a run's usual answers, and keeps the summary of its analysis beside the run, so that no list has to
 * analyse them again.
 */
export async function keepingSummary<T extends { readonly analysis: Analysis }>(
  directory: string,
  make: () => Promise<T>,
): Promise<T> {
  const [stamp, mechanismOf] = [evaluationsStamp(directory), checkpointsStamp(directory)];
  const made = await make();
  if ((storedSummary(directory)?.mechanism ?? null) === null) {
    keep(directory, { formatVersion: 4, of: stamp, mechanismOf, summary: summaryOf(made.analysis) });
  }
  return made;
}

/** Summarises an analysis for a list. */
export function summaryOf(analysis: Analysis): RunSummary {
  const chosen = usualBehavior(analysis.behavior);
  const broad = chosen?.broad;
  const turn = usualTransition(analysis, "behavior");
  const absent =
    turn === undefined
      ? atScale(analysis.absent, chosen?.scale).find(({ indicator }) => indicator === "behavior")
      : undefined;
  const verdict = (turn ?? absent)?.verdict;
  const direction = usualTransition(analysis, "rotation");
  const gradient = usualTransition(analysis, "gradientNorm");
  const untold = analysis.absent.find(({ indicator }) => indicator === "rotation");
  const directionVerdict = (direction ?? untold)?.verdict;
  return {
    misaligned: estimateOf(broad?.emPercent.at(-1), broad?.emInterval.at(-1)),
    curve: {
      steps: broad?.steps ?? [],
      emPercent: (broad?.emPercent ?? []).map((value) => (Number.isFinite(value) ? value : null)),
    },
    turn: estimateOf(turn?.step, turn?.interval),
    turnAbsent: absent === undefined ? null : absenceReason(absent),
    turnVerdict: broad === undefined || verdict === undefined ? null : namedVerdict(verdict),
    mechanism: {
      direction: estimateOf(direction?.step, direction?.interval),
      directionVerdict: directionVerdict === undefined ? null : namedVerdict(directionVerdict),
      gradientPeak: estimateOf(gradient?.step, gradient?.interval),
    },
  };
}

function estimateOf(
  value: number | undefined,
  interval: readonly [number, number] | undefined,
): RunSummary["turn"] {
  if (value === undefined || interval === undefined || !Number.isFinite(value)) return null;
  return { value, low: interval[0], high: interval[1] };
}

/** Text that changes when a checkpoint comes or goes, or the log grows. */
function checkpointsStamp(directory: string): string {
  const steps = namesIn(directory).flatMap((name) => stepOfFolder(name) ?? []);
  const logs = [trainerStateFile, trainerLogFile].map((name) => statusOf(join(directory, name))?.size ?? "");
  return [steps.length, Math.max(...steps, -1), ...logs].join(" ");
}

/** Text that changes when an evaluation does, or the program that reads it. */
function evaluationsStamp(directory: string): string {
  const path = join(directory, evaluationsFolder);
  const stamps = namesIn(path).map((name) => {
    const status = statusOf(join(path, name));
    return `${name}:${status?.size ?? ""}:${status?.mtimeMs ?? ""}`;
  });
  return [packageVersion(), ...stamps].join(" ");
}

/**
 * Keeps a summary beside the run. A folder that cannot be written to, or that leads elsewhere, keeps nothing: the
 * summary is only made again.
 */
function keep(directory: string, record: DeepReadonly<z.infer<typeof keptSchema>>): void {
  const target = join(directory, cacheFolder);
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory()) return;
  try {
    writeFileWhole(join(directory, summaryFile), `${JSON.stringify(toJson(record))}\n`);
  } catch {
    return;
  }
}
