import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import {
  contrastedTokens,
  contrastWeightings,
  personaTokens,
  type Direction,
  type MadeFrom,
} from "../../analysis/directions/direction.js";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError, withHint } from "../../errors.js";
import { checkFinite } from "../../tensor/finiteNumbers.js";
import { numberOrGap, parseJson, validate } from "../../formats/json.js";
import {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsTensor,
} from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { directionsFile, directionsLockFile } from "../../runs/layout.js";
import { whileHoldingBriefly } from "../../runs/writeLock.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

/** Schema of what a difference of means was made from. */
const answersSchema = z.object({
  misaligned: z.number(),
  aligned: z.number(),
  tokens: z.enum(contrastedTokens),
  weighting: z.enum(contrastWeightings),
  filters: z.array(z.string()),
  from: z.string(),
  sha256: z.string(),
  seed: z.number(),
});
const personasSchema = z.object({
  misalignedPrompts: z.array(z.string()),
  alignedPrompts: z.array(z.string()),
  questions: z.number(),
  tokens: z.enum(personaTokens),
  seed: z.number(),
});
/** Schema of what the header of the file says about each vector. */
const aboutSchema = z.object({
  layer: z.int().nonnegative(),
  unit: z.number(),
  splitHalfCosine: numberOrGap.optional(),
  origin: z.number().optional(),
  madeFrom: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("meanDifference"), answers: answersSchema.optional() }),
    z.object({ kind: z.literal("personas"), answers: personasSchema }),
    z.object({ kind: z.literal("probe") }),
    z.object({ kind: z.literal("B"), modulePath: z.string() }),
    z.object({ kind: z.literal("vector"), modulePath: z.string() }),
    z.object({ kind: z.literal("file"), tensor: z.string() }),
  ]),
});
/** Schema of the header of a file of before, whose directions are all of one layer. */
const ofOneLayer = z.object({ layer: z.coerce.number().int().nonnegative() });
/** Step, name and layer; a file of version 2 had one layer a name, and did not say it here. */
const tensorName = /^(\d+)\/([^/]+)(?:\/\d+)?$/;

/**
 * Stores directions with a run, replacing those of the same names: one tensor each, named `<step>/<name>/<layer>`, whose
 * layer, unit and maker stand as JSON under the same name in the header of the file.
 */
export function writeRunDirections(directory: string, directions: readonly Direction[]): void {
  const claim = { what: `${directory}: directions`, otherwise: "try again" };
  whileHoldingBriefly(resolve(join(directory, directionsLockFile)), claim, () =>
    replaceDirections(directory, directions),
  );
}

/** Writes directions beside those of other names, which nobody else may write meanwhile. */
function replaceDirections(directory: string, directions: readonly Direction[]): void {
  const names = new Set(directions.map(({ name }) => name));
  const others = readRunDirections(directory).filter(({ name }) => !names.has(name));
  const tensors = new Map<string, SafetensorsTensor>();
  const metadata: Record<string, string> = { formatVersion: "3" };
  for (const { step, name, vector, ...about } of [...others, ...directions]) {
    const tensor = `${step}/${name}/${about.layer}`;
    tensors.set(tensor, { shape: [vector.length], data: vector });
    metadata[tensor] = JSON.stringify(about);
  }
  writeFileWhole(join(directory, directionsFile), encodeSafetensors(tensors, metadata));
}

/**
 * Reads the directions stored with a run in the order of their steps and layers, none where there is no file. Files of
 * before, which knew one layer a name, are read as well.
 *
 * @throws TurncoatError naming the file and what in it is no such direction
 */
export function readRunDirections(run: RunSource): Direction[] {
  const directory = directoryOf(run);
  const path = join(directory, directionsFile);
  if (!existsSync(path)) return [];
  const directions = withHint(
    "Move the file away; turncoat direction find and turncoat probe find directions anew.",
    () => {
      const file = readSafetensors(path);
      for (const [name, { data }] of file.tensors) checkFinite(data, `${path}: tensor ${name}`);
      return file.metadata.formatVersion === undefined ? readOfOneLayer(file) : read(file);
    },
  );
  return directions.sort((one, other) => one.step - other.step || one.layer - other.layer);
}

function read({ path, metadata, tensors }: SafetensorsFile): Direction[] {
  return [...tensors].map(([tensor, { data: vector }]) => {
    const [, step, name] = tensorName.exec(tensor) ?? [];
    const found = metadata[tensor];
    if (step === undefined || name === undefined || found === undefined) {
      throw new TurncoatError(`${path}: tensor ${tensor}: expected <step>/<name>, described in the header`);
    }
    const { splitHalfCosine, origin, ...about } = parseJson(found, aboutSchema, `${path}: tensor ${tensor}`);
    return {
      ...{ name, step: Number(step), vector, ...about },
      ...(splitHalfCosine === undefined ? {} : { splitHalfCosine }),
      ...(origin === undefined ? {} : { origin }),
    };
  });
}

/** Reads directions of a file of before: `<step>/meanDifference` and `<step>/probe`. */
function readOfOneLayer({ path, metadata, tensors }: SafetensorsFile): Direction[] {
  const { layer } = validate(metadata, ofOneLayer, path);
  return [...tensors].map(([tensor, { data: vector }]) => {
    const [, step, maker] = tensorName.exec(tensor) ?? [];
    if (step === undefined || (maker !== "meanDifference" && maker !== "probe")) {
      throw new TurncoatError(`${path}: tensor ${tensor}: expected <step>/meanDifference or <step>/probe`);
    }
    const madeFrom: MadeFrom = { kind: maker };
    const name = maker === "probe" ? "probe" : "mean";
    const unit = euclideanNorm(tensors.get(`${step}/meanDifference`)?.data ?? vector);
    return { name, layer, step: Number(step), vector, unit, madeFrom };
  });
}
