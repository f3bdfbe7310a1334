import { parse } from "yaml";
import { z } from "zod";
import { messageOf, TurncoatError } from "../../errors.js";
import { readText, validate } from "../../formats/json.js";
import { readSettings, type SettingsLayer } from "../../train/recipes/settings.js";

/**
 * Reads settings of training from a file, YAML or JSON.
 * @throws TurncoatError naming the file, and line or setting
 */
export function readSettingsFile(path: string): SettingsLayer {
  const text = readText(path);
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new TurncoatError(
      `${path}: expected YAML or JSON, found ${messageOf(cause).split("\n")[0] ?? ""}`,
      {
        cause,
      },
    );
  }
  return { source: path, settings: readSettings(validate(value, z.json(), path), path) };
}
