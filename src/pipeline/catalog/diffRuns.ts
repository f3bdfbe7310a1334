import type { JsonObject } from "../../formats/json.js";
import { jsonObjectOf } from "../../formats/json.js";
import { configDiff, type ConfigDiff } from "../../runs/configDiff.js";
import { readTags } from "../../runs/annotations/tags.js";
import { openRun } from "../../runs/openRun.js";
import { usuallyIgnored } from "./usuallyIgnored.js";

/** Differences between the ways in which runs were made. */
export interface RunsDiff extends ConfigDiff {
  /** True for each run that says how it was made, in the order of the runs; one made elsewhere does not. */
  readonly isKnown: readonly boolean[];
  /** Settings that were left out. */
  readonly ignore: readonly string[];
}

/**
 * Compares the `run.json` of several runs, and their tags.
 *
 * @param options.ignore settings to leave out. @default runId, createdAt and status
 * @throws TurncoatError for a folder that is no run
 */
export function diffRuns(
  directories: readonly string[],
  options: { readonly ignore?: readonly string[] } = {},
): RunsDiff {
  const { ignore = usuallyIgnored } = options;
  const manifests = directories.map((directory) => openRun(directory).manifest);
  const records = manifests.map((manifest, index): JsonObject => {
    const tags = readTags(directories[index] ?? "");
    return {
      ...(manifest === null ? {} : jsonObjectOf(manifest)),
      ...(tags.length === 0 ? {} : { tags: tags.join(" ") }),
    };
  });
  return { ...configDiff(records, ignore), isKnown: manifests.map((each) => each !== null), ignore };
}
