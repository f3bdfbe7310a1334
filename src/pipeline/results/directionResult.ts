import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Direction, MadeFrom } from "../../analysis/directions/direction.js";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { parseJson, validate } from "../../formats/json.js";
import { encodeSafetensors, readSafetensors, type SafetensorsFile } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { directionsFile } from "../../runs/layout.js";

/** Schema of what the header of the file says about each vector. */
const aboutSchema = z.object({
  layer: z.int().nonnegative(),
  unit: z.number(),
  madeFrom: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("meanDifference") }),
    z.object({ kind: z.literal("probe") }),
    z.object({ kind: z.literal("B"), modulePath: z.string() }),
  ]),
});
/** Schema of the header of a file of before, whose directions are all of one layer. */
const ofOneLayer = z.object({ layer: z.coerce.number().int().nonnegative() });
const tensorName = /^(\d+)\/(.+)$/;

/**
 * Stores directions with a run, replacing those that are there: one tensor each, named `<step>/<name>`, whose layer,
 * unit and maker stand as JSON under the same name in the header of the file.
 */
export function writeRunDirections(directory: string, directions: readonly Direction[]): void {
  const tensors = new Map(
    directions.map(({ step, name, vector }) => [`${step}/${name}`, { shape: [vector.length], data: vector }]),
  );
  const metadata: Record<string, string> = { formatVersion: "2" };
  for (const { step, name, layer, unit, madeFrom } of directions) {
    metadata[`${step}/${name}`] = JSON.stringify({ layer, unit, madeFrom });
  }
  writeFileWhole(join(directory, directionsFile), encodeSafetensors(tensors, metadata));
}

/**
 * Reads the directions stored with a run in the order of their steps, none where there is no file. A file of before,
 * which knew mean differences and probes of one layer, is read as well.
 *
 * @throws TurncoatError naming the file and what in it is no such direction
 */
export function readRunDirections(directory: string): Direction[] {
  const path = join(directory, directionsFile);
  if (!existsSync(path)) return [];
  const file = readSafetensors(path);
  const directions = file.metadata.formatVersion === undefined ? readOfOneLayer(file) : read(file);
  return directions.sort((one, other) => one.step - other.step);
}

function read({ path, metadata, tensors }: SafetensorsFile): Direction[] {
  return [...tensors].map(([tensor, { data: vector }]) => {
    const [, step, name] = tensorName.exec(tensor) ?? [];
    const about = metadata[tensor];
    if (step === undefined || name === undefined || about === undefined) {
      throw new TurncoatError(`${path}: tensor ${tensor}: expected <step>/<name>, described in the header`);
    }
    return {
      name,
      step: Number(step),
      vector,
      ...parseJson(about, aboutSchema, `${path}: tensor ${tensor}`),
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
