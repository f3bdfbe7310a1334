import type {
  ServedAnswers,
  ServedConfig,
  ServedReport,
  ServedRun,
  ServedSummary,
} from "../../server/api.js";

/** A request that failed: one line, and what to do about it. */
export class ApiError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The runs there are. */
export async function fetchRuns(): Promise<readonly ServedRun[]> {
  return (await get("runs", hasFields<{ readonly runs: readonly ServedRun[] }>("runs"))).runs;
}

/** The numbers of a run's row; computed on the first call, so it may take a while. */
export function fetchSummary(id: string): Promise<ServedSummary> {
  return get(`runs/${encodeURIComponent(id)}/summary`, hasFields<ServedSummary>("id", "misaligned", "turn"));
}

/** Everything that a run's page shows. */
export function fetchReport(id: string, theme: "light" | "dark"): Promise<ServedReport> {
  const address = `runs/${encodeURIComponent(id)}/report?theme=${theme}`;
  return get(address, hasFields<ServedReport>("runId", "sentences", "analysis", "figures", "warnings"));
}

/** Answers to one question; what is undefined the server chooses. */
export function fetchAnswers(
  id: string,
  request: { readonly step?: number | undefined; readonly question?: string | undefined },
): Promise<ServedAnswers> {
  const query = new URLSearchParams();
  if (request.step !== undefined) query.set("step", String(request.step));
  if (request.question !== undefined) query.set("question", request.question);
  const address = `runs/${encodeURIComponent(id)}/answers?${query.toString()}`;
  return get(address, hasFields<ServedAnswers>("questions", "steps", "answers"));
}

/** How a run was made. */
export function fetchConfig(id: string): Promise<ServedConfig> {
  return get(`runs/${encodeURIComponent(id)}/config`, hasFields<ServedConfig>("runId", "manifest"));
}

/** The server belongs to the same build, so that its fields need no closer look than that they are there. */
function hasFields<T extends object>(
  ...fields: readonly (keyof T & string)[]
): (value: unknown) => value is T {
  return (value): value is T =>
    typeof value === "object" && value !== null && fields.every((field) => field in value);
}

async function get<T>(address: string, isExpected: (value: unknown) => value is T): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`./api/v1/${address}`);
  } catch {
    throw new ApiError("the server does not answer", "Is `turncoat serve` still running?");
  }
  const body = await jsonOf(response);
  if (response.ok && isExpected(body)) return body;
  if (isErrorBody(body)) throw new ApiError(body.error, body.hint);
  throw new ApiError(`the server answered ${response.status} and something else than expected`);
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    const body: unknown = await response.json();
    return body;
  } catch {
    return undefined;
  }
}

function isErrorBody(value: unknown): value is { readonly error: string; readonly hint?: string } {
  return typeof value === "object" && value !== null && "error" in value && typeof value.error === "string";
}
