import { existsSync, fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { orNull, TurncoatError } from "../../errors.js";
import { readJson } from "../../formats/json.js";
import { listedRun, type ListedRun } from "../../pipeline/catalog/listedRun.js";
import { FingerprintCache } from "../../pipeline/processes/runFingerprint.js";
import { readStudyFaults, type StudyFault } from "../../pipeline/study/studyFaults.js";
import { isAnalysisKept } from "../../pipeline/study/studyDirections.js";
import { studyLacks } from "../../pipeline/study/studyLacks.js";
import { readStudyPlan, studyFolder, type StudyPlan } from "../../pipeline/study/studyPlan.js";
import { namesIn } from "../../runs/isFolder.js";
import { stepOfFolder } from "../../runs/layout.js";
import { listRuns } from "../../runs/runCatalog.js";
import { workOn, type RunWork } from "../../runs/runLocks.js";
import { confineReads, withOpenFile } from "../../tensor/openFile.js";
import { loggedStep } from "../live/loggedStep.js";

/**
 * State of a run of a study: `trained` to its end, with something that follows still missing; `done`, with all of it;
 * `failed`, and nobody is at it now.
 */
export type StandingState =
  "missing" | "training" | "interrupted" | "trained" | "measuring" | "done" | "failed" | "unreadable";

/** A run of a study as it stands. */
export interface StandingRun {
  readonly run: string;
  /** True where its folder is one of the runs that are shown. */
  readonly isThere: boolean;
  readonly state: StandingState;
  /** True where it is trained to its end. */
  readonly isTrained: boolean;
  /** Last step that is there; null before the first. */
  readonly step: number | null;
  readonly planned: number | null;
  /** What follows the training and is not there, in words. */
  readonly lacks: readonly string[];
  /** Who is at work on it. */
  readonly work: readonly RunWork[];
  readonly fault: StudyFault | null;
  readonly trouble: ListedRun["trouble"];
  readonly written: string | null;
  /** Last lines of its job's log; empty where there is none. */
  readonly log: readonly string[];
}

/** A study as it stands: its plan, and each run of it. */
export interface StudyStanding {
  readonly plan: StudyPlan;
  readonly runs: readonly StandingRun[];
}

/** What is missing of runs, as long as their files stay the same. */
const lacking = new FingerprintCache<readonly string[]>(2000);

/**
 * Reads how the study stands whose runs lie in a folder, from names, locks and small files: no checkpoint and no answer is
 * opened. Nothing outside the folder is read.
 *
 * @param known plan of the study, where its file was named. @default the one that the folder keeps
 * @throws TurncoatError where there is no plan, or it cannot be read
 */
export function studyStanding(runsRoot: string, known: StudyPlan | null): StudyStanding {
  return confineReads(runsRoot, () => {
    const plan = known ?? readStudyPlan(runsRoot);
    if (plan === null) {
      throw new TurncoatError(`${runsRoot}: expected the runs of a study, found no plan of one`, {
        hint: "turncoat study run FILE writes it.",
      });
    }
    const runs = listRuns({ runsRoot });
    const faults = readStudyFaults(runsRoot);
    const logs = jobLogs(runsRoot);
    const standing = (run: string, seed: number, isControl: boolean): StandingRun =>
      standingRun(run, {
        ...{ seed, isControl, plan, fault: faults.get(run) ?? null, log: logs.get(run) ?? null },
        directory: runs.get(run) ?? null,
        place: join(runsRoot, run),
      });
    return {
      plan,
      runs: plan.pairs.flatMap(({ harmful, control, seed }) => [
        standing(harmful, seed, false),
        standing(control, seed, true),
      ]),
    };
  });
}

function standingRun(
  run: string,
  about: {
    readonly seed: number;
    readonly isControl: boolean;
    readonly plan: StudyPlan;
    readonly directory: string | null;
    readonly place: string;
    readonly fault: StudyFault | null;
    readonly log: string | null;
  },
): StandingRun {
  const { directory, place, fault } = about;
  const log = about.log === null ? [] : lastLines(about.log);
  if (directory === null) {
    // A folder that is no run yet, or a link that leads elsewhere: only the lock beside it is looked at.
    const work = workOn(place).filter(({ what }) => what === "training");
    const state = work.length > 0 ? "training" : fault === null ? "missing" : "failed";
    const unknown = { isTrained: false, step: null, planned: null, lacks: [], trouble: null, written: null };
    return { run, isThere: false, state, work, fault, log, ...unknown };
  }
  const listed = listedRun(run, directory, Date.now());
  const work = workOn(directory);
  const isTrained = listed.status === "finished" || listed.status === "imported";
  const lacks = isTrained ? lacksOf(directory, about) : [];
  const steps = [listed.steps?.last ?? null, isTrained ? null : loggedStep(directory)];
  return {
    ...{ run, isThere: true, isTrained, lacks, work, fault, log },
    state: stateOf(listed, { isTrained, work, fault, lacks }),
    step: steps.reduce((one, other) => (one === null || (other ?? -1) > one ? other : one)),
    planned: listed.planned,
    trouble: listed.trouble,
    written: listed.written,
  };
}

function stateOf(
  { status }: ListedRun,
  about: Pick<StandingRun, "work" | "fault" | "lacks"> & { readonly isTrained: boolean },
): StandingState {
  const { isTrained, work, fault, lacks } = about;
  if (status === "unreadable") return fault === null ? "unreadable" : "failed";
  if (work.some(({ what }) => what === "training")) return "training";
  if (work.length > 0) return "measuring";
  if (fault !== null) return "failed";
  if (!isTrained) return "interrupted";
  return lacks.length === 0 ? "done" : "trained";
}

function lacksOf(
  directory: string,
  about: { readonly seed: number; readonly isControl: boolean; readonly plan: StudyPlan },
): readonly string[] {
  const { seed, isControl } = about;
  const { follows } = about.plan;
  const measured = lacking.get(JSON.stringify([directory, seed, follows]), directory, () => {
    const steps = namesIn(directory)
      .flatMap((name) => stepOfFolder(name) ?? [])
      .sort((one, other) => one - other);
    return studyLacks(follows, { directory, seed, isControl, steps });
  });
  // It lies where a fingerprint does not look: it can be made again at any time.
  return follows.analysis && !isAnalysisKept(directory) ? [...measured, "analysis"] : measured;
}

const arraySchema = z.object({ runs: z.array(z.string()) });

/** The log of each run's newest job, where jobs of a cluster made it: `.study/slurm/<array>/<place>.log`. */
function jobLogs(runsRoot: string): ReadonlyMap<string, string> {
  const root = join(runsRoot, studyFolder, "slurm");
  const folders = (orNull(() => namesIn(root)) ?? [])
    .filter((name) => /^\d{1,9}$/.test(name))
    .sort((one, other) => Number(one) - Number(other))
    .map((name) => join(root, name));
  return new Map(
    folders.flatMap((folder) =>
      (orNull(() => readJson(join(folder, "job.json"), arraySchema))?.runs ?? []).flatMap(
        (run, index): (readonly [string, string])[] => {
          const path = join(folder, `${index}.log`);
          return existsSync(path) ? [[run, path]] : [];
        },
      ),
    ),
  );
}

/** Bytes from the end of a log that are looked at, and lines that are shown. */
const [logBytes, logLines] = [2048, 3];

function lastLines(path: string): readonly string[] {
  const text = orNull(() =>
    withOpenFile(path, (descriptor) => {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(logBytes, size));
      return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length));
    }),
  );
  // Progress is written over itself in a line.
  const lines = (text ?? "").split("\n").map((line) => line.split("\r").at(-1)?.trim() ?? "");
  return lines.filter((line) => line !== "").slice(-logLines);
}
