import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { checkFinite } from "../../tensor/finiteNumbers.js";
import { parseJson } from "../json.js";
import { compareModulePaths } from "../modulePath.js";
import { encodeSafetensors, readSafetensors, type SafetensorsTensor } from "../safetensors.js";
import { shownName } from "../safetensorsHeader.js";
import type { AdapterDirections, Projection } from "./adapterProjector.js";

/** Random projections of the adapters at one step. */
export interface DirectionsFile {
  readonly step: number;
  readonly projection: Projection;
  /** In the order of the layers. */
  readonly adapters: readonly AdapterDirections[];
}

/** Name of the projection in the file. */
const projectionName = "count sketch";
/** Most numbers of a matrix; more would be no projection of one. */
const mostNumbers = 2 ** 20;

const whole = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number);
const metadataSchema = z.object({
  formatVersion: z.literal("1"),
  projection: z.literal(projectionName),
  step: whole,
  seed: whole,
  numbers: whole.refine((count) => count >= 1 && count <= mostNumbers && Number.isInteger(Math.log2(count)), {
    message: "expected a power of two",
  }),
  /** JSON: the modules by path. */
  modules: z.string(),
});
const modulesSchema = z.record(
  z.string(),
  z.object({
    rank: z.int().positive(),
    scaling: z.number(),
    inFeatures: z.int().positive(),
    outFeatures: z.int().positive(),
  }),
);

/** Writes the file of one step as `docs/directions-format.md` describes it; equal content gives equal bytes. */
export function encodeDirections({ step, projection, adapters }: DirectionsFile): Uint8Array {
  const tensors = adapters.flatMap(({ modulePath, update, A, B }) =>
    Object.entries({ update, A, B }).map(
      ([name, data]) => [`${modulePath}.${name}`, { shape: [projection.numbers], data }] as const,
    ),
  );
  const modules = adapters.map(
    ({ modulePath, rank, scaling, inFeatures, outFeatures }) =>
      [modulePath, { rank, scaling, inFeatures, outFeatures }] as const,
  );
  return encodeSafetensors(new Map(tensors), {
    formatVersion: "1",
    projection: projectionName,
    step: String(step),
    seed: String(projection.seed),
    numbers: String(projection.numbers),
    modules: JSON.stringify(Object.fromEntries(modules)),
  });
}

/**
 * Reads the file of one step, written by Turncoat or by a trainer of its own.
 * @throws TurncoatError naming the file, and the tensor or the field that is missing, of another shape or not finite
 */
export function readDirections(path: string): DirectionsFile {
  const { metadata, tensors } = readSafetensors(path);
  const source = `${path}: __metadata__`;
  const { step, seed, numbers, modules } = parseJson(JSON.stringify(metadata), metadataSchema, source);
  const shapes = Object.entries(parseJson(modules, modulesSchema, `${source}: modules`));
  if (shapes.length === 0) throw new TurncoatError(`${source}: modules: expected at least one, found none`);
  const adapters = shapes.map(([modulePath, shape]): AdapterDirections => {
    const numbersNamed = (name: string): Float32Array =>
      numbersOf(path, `${modulePath}.${name}`, tensors, numbers);
    const [update, A, B] = [numbersNamed("update"), numbersNamed("A"), numbersNamed("B")];
    return { modulePath, ...shape, update, A, B };
  });
  adapters.sort((one, other) => compareModulePaths(one.modulePath, other.modulePath));
  return { step, projection: { seed, numbers }, adapters };
}

function numbersOf(
  path: string,
  name: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  numbers: number,
): Float32Array {
  const tensor = tensors.get(name);
  const source = `${path}: tensor ${shownName(name)}`;
  const found = tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`;
  if (tensor === undefined || found !== `[${numbers}]`) {
    throw new TurncoatError(`${source}: expected shape [${numbers}], found ${found}`);
  }
  checkFinite(tensor.data, source);
  return tensor.data;
}
