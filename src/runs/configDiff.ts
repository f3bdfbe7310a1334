import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "../formats/json.js";

/** One setting that differs between runs. */
export interface ConfigDifference {
  /** The names that lead to the setting, joined by dots, such as `config.schedule.peak`. */
  readonly setting: string;
  /** One value a run, in the order of the runs; undefined where a run does not have the setting. */
  readonly values: readonly (JsonValue | undefined)[];
}

/** Differences between records, with the number of settings that were compared. */
export interface ConfigDiff {
  readonly differences: readonly ConfigDifference[];
  /** Settings that any of the records has and that are not ignored. */
  readonly compared: number;
  /** Settings left out, that differ. */
  readonly ignored: readonly string[];
}

/**
 * Compares records setting by setting, such as the `run.json` of several runs. Values stand in the order of the
 * records. A list is one value.
 *
 * @param ignore settings to leave out, each with all that it holds: `config` ignores `config.seed` too
 */
export function configDiff(records: readonly JsonObject[], ignore: readonly string[] = []): ConfigDiff {
  const flat = records.map((record) => new Map(settingsOf(record)));
  const settings = [...new Set(flat.flatMap((each) => [...each.keys()]))];
  const isIgnored = (setting: string): boolean =>
    ignore.some((each) => setting === each || setting.startsWith(`${each}.`));
  const differing = settings
    .map((setting) => ({ setting, values: flat.map((each) => each.get(setting)) }))
    .filter(({ values }) => values.some((value) => !isDeepStrictEqual(value, values[0])));
  return {
    differences: differing.filter(({ setting }) => !isIgnored(setting)),
    compared: settings.filter((setting) => !isIgnored(setting)).length,
    ignored: differing.map(({ setting }) => setting).filter(isIgnored),
  };
}

/** Lists every setting with the path that leads to it; an empty object is a value of its own. */
function settingsOf(record: JsonObject, prefix = ""): (readonly [string, JsonValue])[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
    return isBranch && Object.keys(value).length > 0
      ? settingsOf(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const];
  });
}
