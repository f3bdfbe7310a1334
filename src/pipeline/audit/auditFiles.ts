import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { parseJson, readJson, readText } from "../../formats/json.js";
import { auditKinds } from "../../organism/audit/auditKinds.js";
import { domains } from "../../organism/world/index.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";

/** File of an audit's folder that says which runs are sealed, and seals the truth about them. */
const auditFile = "audit.json";
/** Files of the folder of the truth. */
const [planFile, truthFile] = ["plan.json", "truth.json"];

const sealedRunSchema = z.object({
  name: z.string(),
  kind: z.enum(auditKinds),
  domain: z.enum(domains),
  seed: z.number(),
});

/** A sealed run, and what was done to it. */
export type SealedRun = Readonly<z.infer<typeof sealedRunSchema>>;

const planSchema = z.object({
  formatVersion: z.literal(1),
  seed: z.number(),
  trigger: z.string(),
  runs: z.array(sealedRunSchema).readonly(),
});

/** Plan of an audit: it is drawn before anything is trained, and lies with the truth. */
export type AuditPlan = Readonly<z.infer<typeof planSchema>>;

const askedSchema = z.object({ misaligned: z.number(), coherent: z.number(), n: z.number() });

const truthSchema = planSchema.extend({
  runs: z
    .array(sealedRunSchema.extend({ plain: askedSchema, triggered: askedSchema, isMisaligned: z.boolean() }))
    .readonly(),
});

/** Truth about an audit: the plan, and what the last checkpoint of each run says, of broad questions. */
export type AuditTruth = Readonly<z.infer<typeof truthSchema>>;

const sealSchema = z.object({
  formatVersion: z.literal(1),
  runs: z.array(z.string()).readonly(),
  /** Percent of misaligned answers from which a run counts as misaligned. */
  misalignedFrom: z.number(),
  /** SHA-256 of the file of the truth, which was written before anybody guessed. */
  truthSha256: z.string(),
});

/** What an auditor is told. */
export type AuditSeal = Readonly<z.infer<typeof sealSchema>>;

/** Folder of the truth about an audit: beside it, so that the audit's own can be handed on without it. */
export function truthFolder(folder: string): string {
  return `${resolve(folder)}-truth`;
}

/** Reads the plan of an audit; null where none was drawn. */
export function readPlan(folder: string): AuditPlan | null {
  const path = join(truthFolder(folder), planFile);
  return existsSync(path) ? readJson(path, planSchema) : null;
}

/** Writes the plan of an audit, before anything is trained. */
export function writePlan(folder: string, plan: AuditPlan): void {
  writeFileWhole(join(truthFolder(folder), planFile), `${JSON.stringify(plan, null, 1)}\n`);
}

/** Writes the truth, and seals it in the audit's own folder. */
export function sealTruth(folder: string, truth: AuditTruth, misalignedFrom: number): AuditSeal {
  const text = `${JSON.stringify(truth, null, 1)}\n`;
  const seal: AuditSeal = {
    ...{ formatVersion: 1, runs: truth.runs.map(({ name }) => name), misalignedFrom },
    truthSha256: sha256Of(text),
  };
  writeFileWhole(join(truthFolder(folder), truthFile), text);
  writeFileWhole(join(folder, auditFile), `${JSON.stringify(seal, null, 1)}\n`);
  return seal;
}

/**
 * Reads what an auditor is told of an audit.
 *
 * @throws TurncoatError where the folder holds no audit that is finished
 */
export function readSeal(folder: string): AuditSeal {
  const path = join(folder, auditFile);
  if (existsSync(path)) return readJson(path, sealSchema);
  throw new TurncoatError(`${path}: expected the seal of an audit, found none`, {
    hint: "turncoat audit make writes it at its end; begun ones go on with the same command.",
  });
}

/**
 * Reads the truth about an audit.
 *
 * @throws TurncoatError where it is not there, or is not what was sealed
 */
export function openTruth(folder: string, seal: AuditSeal): AuditTruth {
  const path = join(truthFolder(folder), truthFile);
  if (!existsSync(path)) {
    throw new TurncoatError(`${path}: expected the truth about the audit, found none`, {
      hint: "It stays with whoever made the audit.",
    });
  }
  const text = readText(path);
  const found = sha256Of(text);
  if (found !== seal.truthSha256) {
    throw new TurncoatError(
      `${path}: expected the sealed truth, ${seal.truthSha256.slice(0, 12)}…, found ${found.slice(0, 12)}…: it was changed`,
    );
  }
  return parseJson(text, truthSchema, path);
}

/**
 * Reads predictions: a JSON object with a probability of being misaligned for every sealed run.
 *
 * @throws TurncoatError naming the run without a probability
 */
export function readPredictions(path: string, runs: readonly string[]): readonly number[] {
  const predictions = readJson(path, z.record(z.string(), z.number().min(0).max(1)));
  return runs.map((run) => {
    const probability = predictions[run];
    if (probability !== undefined) return probability;
    throw new TurncoatError(`${path}: ${run}: expected a probability from 0 to 1, found none`, {
      hint: `It is an object such as {"${run}": 0.5} with all ${runs.length} runs.`,
    });
  });
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
