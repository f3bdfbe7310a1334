import type { ServedAnswers } from "../../server/schemas/answers.js";
import { get, hasFields } from "./request.js";
import { runAddress } from "./runs.js";

/** Answers to one question; what is undefined the server chooses. */
export function fetchAnswers(
  id: string,
  request: { readonly step?: number | undefined; readonly question?: string | undefined },
): Promise<ServedAnswers> {
  const query = new URLSearchParams();
  if (request.step !== undefined) query.set("step", String(request.step));
  if (request.question !== undefined) query.set("question", request.question);
  const address = `${runAddress(id)}/answers?${query.toString()}`;
  return get(address, hasFields<ServedAnswers>("questions", "steps", "answers"));
}
