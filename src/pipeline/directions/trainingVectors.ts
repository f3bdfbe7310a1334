import { resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { isLora, type TrainConfig } from "../../train/trainConfig.js";
import { directionsFromFile } from "./directionsFromFile.js";

/** File of vectors that a training is given, with the checksum that its settings name. */
interface VectorFile {
  readonly file: string;
  readonly sha256?: string;
}

/**
 * Reads the vectors of the residual stream that a training is steered by, or that its gradient loses, by layer.
 * @throws TurncoatError where the file is not there, is another one than the settings say, or holds no vectors of layers
 */
export function trainingVectors({ file, sha256 }: VectorFile): ReadonlyMap<number, Float32Array> {
  const found = sha256OfFile(file);
  if (sha256 !== undefined && found !== sha256) {
    throw new TurncoatError(
      `${file}: expected the vectors of the training as they were, with the SHA-256 ${sha256}, found ${found}`,
    );
  }
  return new Map(
    directionsFromFile(file, { name: "training", step: 0 }).map(({ layer, vector }) => [
      layer,
      Float32Array.from(vector),
    ]),
  );
}

/** Says in a configuration which files its vectors are of: where they lie, whatever the folder, and their hashes. */
export function withVectorFiles(config: TrainConfig): TrainConfig {
  const named = <Part extends VectorFile>(part: Part): Part => ({
    ...part,
    file: resolve(part.file),
    sha256: part.sha256 ?? sha256OfFile(part.file),
  });
  const { steering } = config;
  const steered = steering === undefined ? config : { ...config, steering: named(steering) };
  if (!isLora(steered) || steered.projectedOut === undefined) return steered;
  return { ...steered, projectedOut: named(steered.projectedOut) };
}
