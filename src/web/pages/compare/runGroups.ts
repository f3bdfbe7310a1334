import type { ServedDiff } from "../../../server/schemas/runs.js";

/** Runs that stand together in the table. */
export interface RunGroup {
  /** Setting and value that they share; null where all stand together. */
  readonly heading: string | null;
  readonly runs: readonly string[];
}

/** Settings by which runs can be grouped: those in which some differ and some agree. */
export function groupSettings({ differences }: ServedDiff): string[] {
  return differences
    .filter(({ values }) => new Set(values).size < values.length)
    .map(({ setting }) => setting);
}

/** Groups runs by the value of a setting, in the order of their first; all in one group without one. */
export function runGroups(
  ids: readonly string[],
  diff: ServedDiff | null,
  setting: string | null,
): readonly RunGroup[] {
  const found = diff?.differences.find((each) => each.setting === setting);
  if (diff === null || found === undefined) return [{ heading: null, runs: ids }];
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const value = found.values[diff.runs.indexOf(id)] ?? "not set";
    groups.set(value, [...(groups.get(value) ?? []), id]);
  }
  return [...groups].map(([value, runs]) => ({
    heading: `${found.setting} ${value.replace(/^"(.*)"$/, "$1")}`,
    runs,
  }));
}
