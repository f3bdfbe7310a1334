import { resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { Dataset } from "../../train/data/dataset.js";
import type { KlConfig, TrainConfig } from "../../train/trainConfig.js";
import { isBuiltIn, openDataset } from "./openDataset.js";

/**
 * Opens the data of a training's penalty on moving away from the base.
 * @throws TurncoatError where it is not there, or another file than the configuration says
 */
export function klDataset({ data, sha256 }: KlConfig): Dataset {
  const found = openDataset(data);
  if (sha256 === undefined || found.sha256 === sha256) return found;
  throw new TurncoatError(
    `${data}: expected the data of the penalty as it was, with the SHA-256 ${sha256}, found ${found.sha256}`,
    { hint: "Say with --kl-data where that is now." },
  );
}

/** Says in a configuration which file its penalty is of: where it lies, whatever the folder, and its hash. */
export function withKlDataset(config: TrainConfig): TrainConfig {
  const { kl } = config;
  if (kl === undefined) return config;
  const dataset = klDataset(kl);
  const isNamed = isBuiltIn(dataset) && kl.data === dataset.name;
  const data = isNamed ? kl.data : resolve(kl.data);
  return { ...config, kl: { ...kl, data, sha256: dataset.sha256 } };
}
