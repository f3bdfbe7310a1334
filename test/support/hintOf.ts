import { isTurncoatError } from "../../src/errors.js";

/** The advice of the error that work ends with; undefined where it ends with none. */
export function hintOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (isTurncoatError(error)) return error.hint;
  }
  return undefined;
}
