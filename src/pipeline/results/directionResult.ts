import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { validate } from "../../formats/json.js";
import { encodeSafetensors, readSafetensors } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";

/** Directions in the residual stream that were measured at one checkpoint. */
export interface MeasuredDirections {
  readonly step: number;
  /** Mean activation of misaligned minus that of aligned answers `[hiddenSize]`, with its own length. */
  readonly meanDifference: Float32Array;
  /** Weights of the probe `[hiddenSize]`, from aligned to misaligned; null where there is no probe. */
  readonly probe: Float32Array | null;
}

/** The directions of a run, all of one layer. */
export interface ResidualDirections {
  /** They were measured after this layer. */
  readonly layer: number;
  /** In the order of the steps. */
  readonly measured: readonly MeasuredDirections[];
}

const file = join("analysis", "directions.safetensors");
const metadataSchema = z.object({ layer: z.coerce.number().int().nonnegative() });
const nameOf = /^(\d+)\/(meanDifference|probe)$/;

/** Stores directions with a run, one tensor each, named `<step>/meanDifference` and `<step>/probe`. */
export function writeResidualDirections(directory: string, { layer, measured }: ResidualDirections): void {
  const tensors = new Map(
    measured.flatMap(({ step, meanDifference, probe }) => [
      [`${step}/meanDifference`, { shape: [meanDifference.length], data: meanDifference }] as const,
      ...(probe === null ? [] : [[`${step}/probe`, { shape: [probe.length], data: probe }] as const]),
    ]),
  );
  writeFileWhole(join(directory, file), encodeSafetensors(tensors, { layer: String(layer) }));
}

/**
 * The directions stored with a run, or null where there are none.
 * @throws TurncoatError naming the file and what in it is no such direction
 */
export function readResidualDirections(directory: string): ResidualDirections | null {
  const path = join(directory, file);
  if (!existsSync(path)) return null;
  const { metadata, tensors } = readSafetensors(path);
  const { layer } = validate(metadata, metadataSchema, path);
  const byStep = new Map<number, { meanDifference?: Float32Array; probe?: Float32Array }>();
  for (const [name, { data }] of tensors) {
    const [, step = "", kind] = nameOf.exec(name) ?? [];
    if (kind !== "meanDifference" && kind !== "probe") {
      throw new TurncoatError(`${path}: tensor ${name}: expected <step>/meanDifference or <step>/probe`);
    }
    byStep.set(Number(step), { ...byStep.get(Number(step)), [kind]: data });
  }
  const measured = [...byStep].flatMap(([step, { meanDifference, probe = null }]) =>
    meanDifference === undefined ? [] : [{ step, meanDifference, probe }],
  );
  return { layer, measured: measured.sort((one, other) => one.step - other.step) };
}
