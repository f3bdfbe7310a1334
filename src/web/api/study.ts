import type { ServedStudy } from "../../server/schemas/study.js";
import { get, hasFields, whenFree } from "./request.js";

/** Fetches the study whose runs are shown, as far as it is known now: ask again for what is pending. */
export function fetchStudy(): Promise<ServedStudy> {
  return whenFree(() => get("study", hasFields<ServedStudy>("title", "rows", "effects", "counts")));
}
