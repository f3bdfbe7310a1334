import type { ServedConfig } from "../../server/schemas/config.js";
import type { ServedReport } from "../../server/schemas/report.js";
import type { ServedRun, ServedRuns, ServedSummary } from "../../server/schemas/runs.js";
import { get, hasFields } from "./request.js";

/** The runs there are. */
export async function fetchRuns(): Promise<readonly ServedRun[]> {
  return (await get("runs", hasFields<ServedRuns>("runs"))).runs;
}

/** The numbers of a run's row; computed on the first call, so it may take a while. */
export function fetchSummary(id: string): Promise<ServedSummary> {
  return get(`${runAddress(id)}/summary`, hasFields<ServedSummary>("id", "misaligned", "turn"));
}

/** What a run's page shows, without the data of its figures. */
export function fetchReport(id: string): Promise<ServedReport> {
  return get(`${runAddress(id)}/report`, hasFields<ServedReport>("runId", "sentences", "axis", "figures"));
}

/** How a run was made. */
export function fetchConfig(id: string): Promise<ServedConfig> {
  return get(`${runAddress(id)}/config`, hasFields<ServedConfig>("runId", "manifest"));
}

/** A run's address under the API. */
export function runAddress(id: string): string {
  return `runs/${encodeURIComponent(id)}`;
}
