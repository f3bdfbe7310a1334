import type { ServedAlong, ServedAnswers } from "../../server/schemas/answers.js";
import type {
  AnswerTableRequest,
  ServedAnswerFacets,
  ServedAnswerTable,
  ServedNumberedAnswer,
} from "../../server/schemas/answerTable.js";
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

/** Fetches what the answers of an evaluation can be chosen by. */
export function fetchAnswerFacets(id: string, evaluation: string | undefined): Promise<ServedAnswerFacets> {
  const address = `${runAddress(id)}/answers/facets${queryOf({ evaluation })}`;
  return get(address, hasFields<ServedAnswerFacets>("evaluations", "questions", "total"));
}

/** Fetches a page of the answers that fit a request. */
export function fetchAnswerTable(
  id: string,
  request: Partial<AnswerTableRequest>,
  signal?: AbortSignal,
): Promise<ServedAnswerTable> {
  const address = `${runAddress(id)}/answers/table${queryOf(request)}`;
  return get(address, hasFields<ServedAnswerTable>("rows", "found", "verdicts"), signal);
}

/** Fetches one answer in full. */
export function fetchNumberedAnswer(
  id: string,
  request: { readonly evaluation: string | undefined; readonly number: number },
): Promise<ServedNumberedAnswer> {
  const address = `${runAddress(id)}/answers/numbered${queryOf(request)}`;
  return get(address, hasFields<ServedNumberedAnswer>("answer", "same", "verdict"));
}

function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
