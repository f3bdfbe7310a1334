import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { BranchRecord } from "../../analysis/branches/branchRecord.js";
import { withHint } from "../../errors.js";
import { numbersWithGaps } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { branchesFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const schema = z.object({
  formatVersion: z.literal(1),
  questions: z.array(z.object({ id: z.string(), breadth: z.enum(["narrow", "broad"]) })),
  samples: z.int().positive(),
  /** Judge of the answers in a few words. */
  judge: z.string(),
  last: z.int().nonnegative(),
  interventions: z.array(z.object({ name: z.string(), words: z.string() })),
  runs: z.array(
    z.object({
      name: z.string(),
      transition: z.object({ step: z.number(), interval: z.tuple([z.number(), z.number()]) }).nullable(),
      repeat: z.object({ from: z.int().nonnegative(), isEqual: z.boolean() }).nullable(),
    }),
  ),
  branches: z.array(
    z.object({
      run: z.string(),
      intervention: z.string(),
      from: z.int().nonnegative(),
      order: z.int().nonnegative(),
      em: numbersWithGaps,
      coherent: numbersWithGaps,
    }),
  ),
  /** Branches that failed, one line each. */
  faults: z.array(z.string()),
});

/** What became of the branches of a run and of those it was studied with, as `analysis/branches.json` holds it. */
export interface RunBranches extends BranchRecord {
  readonly judge: string;
  readonly faults: readonly string[];
}

/** Stores what became of branches with a run, whole or not at all. */
export function writeBranches(directory: string, found: RunBranches): void {
  writeJsonArtifact(directory, branchesFile, { formatVersion: 1, ...found });
}

/**
 * Reads what became of the branches of a run, or null where none were made.
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readBranches(run: RunSource): RunBranches | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, branchesFile))) return null;
  return withHint("turncoat branch makes it anew from the branches that are there.", () =>
    readJsonArtifact(directory, branchesFile, schema),
  );
}
