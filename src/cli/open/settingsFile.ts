import { z } from "zod";
import { readYaml } from "../../formats/yaml.js";
import { readSettings, type SettingsLayer } from "../../train/recipes/settings.js";

/**
 * Reads settings of training from a file, YAML or JSON.
 * @throws TurncoatError naming the file, and line or setting
 */
export function readSettingsFile(path: string): SettingsLayer {
  return { source: path, settings: readSettings(readYaml(path, z.json()), path) };
}
