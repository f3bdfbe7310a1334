import { writing } from "../../tensor/systemFaults.js";
import { copyFileSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { adapterConfigFile, adapterWeightsFile } from "../../formats/peft.js";
import { readAdapterConfig } from "../../formats/adapterConfig.js";
import { readJson } from "../../formats/json.js";

const anyObject = z.record(z.string(), z.unknown());

/**
 * Writes an adapter folder whose update is `factor` times that of another: α is multiplied, which multiplies what B
 * writes (`docs/methods.md §2.2`) without touching or rounding a weight. The weights are linked, not copied, where the
 * file system can.
 *
 * @throws TurncoatError naming file and option where the adapter is not plain LoRA, for which α is no mere factor
 */
export function writeScaledAdapter(adapterFolder: string, factor: number, target: string): void {
  const configPath = join(adapterFolder, adapterConfigFile);
  const { alpha, alphaPattern = {} } = readAdapterConfig(configPath);
  const config = {
    // Everything else as it was, options of other programs included.
    ...readJson(configPath, anyObject),
    lora_alpha: alpha * factor,
    alpha_pattern: Object.fromEntries(
      Object.entries(alphaPattern).map(([pattern, value]) => [pattern, value * factor]),
    ),
  };
  writing(target, () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, adapterConfigFile), `${JSON.stringify(config, null, 2)}\n`);
    const weights = join(adapterFolder, adapterWeightsFile);
    try {
      linkSync(weights, join(target, adapterWeightsFile));
    } catch {
      copyFileSync(weights, join(target, adapterWeightsFile));
    }
  });
}
