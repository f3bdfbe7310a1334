import type { ServedConfig } from "../../server/schemas/config.js";
import type { ServedControlChoices, ServedReport } from "../../server/schemas/report.js";
import type {
  ServedDiff,
  ServedRun,
  ServedRuns,
  ServedStamps,
  ServedSummaries,
  ServedTags,
} from "../../server/schemas/runs.js";
import { get, hasFields, send } from "./request.js";

/** Fetches the list of runs. */
export async function fetchRuns(): Promise<readonly ServedRun[]> {
  return (await fetchRunList()).runs;
}

/** Fetches the list of runs, and whether they are those of a study. */
export function fetchRunList(): Promise<ServedRuns> {
  return get("runs", hasFields<ServedRuns>("runs", "isStudy"));
}

/** Gives a run tags, in the place of those that it has. */
export async function putTags(run: string, tags: readonly string[]): Promise<readonly string[]> {
  return (await send("PUT", `${runAddress(run)}/tags`, hasFields<ServedTags>("tags"), { tags })).tags;
}

/** Fetches a stamp of each run by its id, which changes with the run. */
export async function fetchStamps(): Promise<ReadonlyMap<string, string>> {
  const { stamps } = await get("stamps", hasFields<ServedStamps>("stamps"));
  return new Map(stamps.map(({ id, stamp }) => [id, stamp]));
}

/** Fetches the numbers of all rows as far as they are there: ask again for those that are pending. */
export function fetchSummaries(): Promise<ServedSummaries> {
  return get("summaries", hasFields<ServedSummaries>("summaries", "failed", "pending"));
}

/** Fetches the settings in which runs differ, some of them left out. */
export function fetchDiff(runs: readonly string[], ignored: readonly string[]): Promise<ServedDiff> {
  const query = new URLSearchParams([
    ...runs.map((run) => ["run", run]),
    ...ignored.map((setting) => ["ignore", setting]),
  ]);
  return get(`diff?${query.toString()}`, hasFields<ServedDiff>("runs", "differences", "compared"));
}

/** View of a run: the evaluation whose behaviour it tells, and the control; null for the usual ones. */
export interface RunView {
  readonly evaluation: string | null;
  readonly control: string | null;
}

/** Fetches the report of a run, without the data of its figures. */
export function fetchReport(id: string, view: RunView): Promise<ServedReport> {
  const query = viewQuery(view);
  return get(
    `${runAddress(id)}/report${query.size === 0 ? "" : `?${query.toString()}`}`,
    hasFields<ServedReport>("runId", "sentences", "axis", "figures"),
  );
}

/** Query for a view of a run; empty for the usual one. */
export function viewQuery({ evaluation, control }: RunView): URLSearchParams {
  return new URLSearchParams({
    ...(evaluation === null ? {} : { evaluation }),
    ...(control === null ? {} : { control }),
  });
}

/** Fetches the names of what a run can be held against. */
export function fetchControlChoices(id: string): Promise<ServedControlChoices> {
  return get(`${runAddress(id)}/controls`, hasFields<ServedControlChoices>("choices"));
}

/** Fetches the configuration that a run was made with. */
export function fetchConfig(id: string): Promise<ServedConfig> {
  return get(`${runAddress(id)}/config`, hasFields<ServedConfig>("runId", "manifest"));
}

/** Address of a run under the API. */
export function runAddress(id: string): string {
  return `runs/${encodeURIComponent(id)}`;
}
