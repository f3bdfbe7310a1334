import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { orNull } from "../../errors.js";
import { readJson } from "../../formats/json.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { writing } from "../../tensor/systemFaults.js";
import { makeStudyFolder, planFile, studyFolder } from "./studyPlan.js";

const faultSchema = z.object({
  formatVersion: z.literal(1),
  /** Name of the run's folder. */
  run: z.string().min(1),
  /** What went wrong, one line. */
  message: z.string(),
  /** What to do about it; null where the message says. */
  hint: z.string().nullable(),
  /** Who tried: a name, or host and process. */
  worker: z.string(),
  /** ISO 8601, in UTC. */
  time: z.string(),
});

/** Fault of the last try to make a run of a study. It goes when the run is made. */
export type StudyFault = Readonly<z.infer<typeof faultSchema>>;

/** Keeps why a run could not be made, in place of what was kept before. */
export function keepStudyFault(runsRoot: string, fault: Omit<StudyFault, "formatVersion">): void {
  makeStudyFolder(runsRoot);
  const kept: StudyFault = { formatVersion: 1, ...fault };
  writeFileWhole(pathOf(runsRoot, fault.run), `${JSON.stringify(kept, null, 2)}\n`);
}

/** Removes the fault of a run that could be made; nothing where there is none. */
export function dropStudyFault(runsRoot: string, run: string): void {
  const path = pathOf(runsRoot, run);
  writing(path, () => rmSync(path, { force: true }));
}

/** Reads the faults of a study by run. One that cannot be read is left out: the next try writes it anew. */
export function readStudyFaults(runsRoot: string): ReadonlyMap<string, StudyFault> {
  const folder = join(runsRoot, studyFolder);
  if (!existsSync(folder)) return new Map();
  const faults = readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !name.startsWith(".") && name !== basename(planFile))
    .sort()
    .flatMap((name) => orNull(() => readJson(join(folder, name), faultSchema)) ?? [])
    .filter(({ run }) => existsSync(pathOf(runsRoot, run)));
  return new Map(faults.map((fault) => [fault.run, fault]));
}

function pathOf(runsRoot: string, run: string): string {
  return join(runsRoot, studyFolder, `${basename(run)}.json`);
}
