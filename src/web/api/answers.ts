import type { ServedAlong, ServedAnswers } from "../../server/schemas/answers.js";
import { get, hasFields } from "./request.js";
import { runAddress } from "./runs.js";

/** Fetches the answers to one question; what is undefined the server chooses. */
export function fetchAnswers(
  id: string,
  request: {
    readonly evaluation?: string | undefined;
    readonly step?: number | undefined;
    readonly question?: string | undefined;
    readonly scale?: number | undefined;
  },
): Promise<ServedAnswers> {
  const address = `${runAddress(id)}/answers${queryOf(request)}`;
  return get(address, hasFields<ServedAnswers>("questions", "steps", "answers"));
}

/** Fetches the answer of one sample number to one question, at every evaluated step. */
export function fetchAlong(
  id: string,
  request: {
    readonly evaluation?: string | undefined;
    readonly question?: string | undefined;
    readonly scale?: number | undefined;
    readonly sample: number;
  },
): Promise<ServedAlong> {
  const address = `${runAddress(id)}/answers/along${queryOf(request)}`;
  return get(address, hasFields<ServedAlong>("samples", "answers", "total"));
}

function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
