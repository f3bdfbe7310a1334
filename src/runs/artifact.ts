import { isAbsolute, join, normalize, sep } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import type { JsonValue, Schema } from "../formats/json.js";
import { readJson } from "../formats/json.js";
import { writeFileWhole } from "./atomicFiles.js";

/** Schema of any JSON. It checks nothing: `JSON.parse` returns nothing else, and results are too large to be walked. */
const anyJson = z.custom<JsonValue>();

/**
 * Writes a result into a run directory as JSON, whole or not at all. Numbers that are not finite become null;
 * typed arrays become lists.
 *
 * @param relativePath inside the run directory, for example `analysis/pca.json`; folders are made as needed
 * @throws TurncoatError for a path that leads out of the run directory
 */
export function writeJsonArtifact(runDirectory: string, relativePath: string, value: unknown): void {
  const text = JSON.stringify(
    value,
    (_key, part: unknown) => (isNumberArray(part) ? Array.from(part) : part),
    1,
  );
  writeFileWhole(artifactPath(runDirectory, relativePath), `${text}\n`);
}

/**
 * Reads a result that was written with `writeJsonArtifact`.
 *
 * @param schema what it must look like; without it, any JSON is returned
 * @throws TurncoatError naming the file, and the field that is not as expected, or for a path that leads out of the run
 */
export function readJsonArtifact(runDirectory: string, relativePath: string): JsonValue;
export function readJsonArtifact<T>(runDirectory: string, relativePath: string, schema: Schema<T>): T;
export function readJsonArtifact(
  runDirectory: string,
  relativePath: string,
  schema: Schema<unknown> = anyJson,
): unknown {
  return readJson(artifactPath(runDirectory, relativePath), schema);
}

function artifactPath(runDirectory: string, relativePath: string): string {
  const path = normalize(relativePath);
  if (isAbsolute(path) || path === ".." || path.startsWith(`..${sep}`)) {
    throw new TurncoatError(`artifact: expected a path inside the run directory, found ${relativePath}`);
  }
  return join(runDirectory, path);
}

function isNumberArray(value: unknown): value is Float32Array | Float64Array | Int32Array | Uint8Array {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}
