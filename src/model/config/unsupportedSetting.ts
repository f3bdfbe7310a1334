import { TurncoatError } from "../../errors.js";

/** Makes the error for a field of a model's configuration whose mathematics is not here. */
export function unsupportedSetting(
  source: string,
  field: string,
  expected: string,
  found: string,
): TurncoatError {
  return new TurncoatError(`${source}: ${field}: expected ${expected}, found ${found}`, {
    hint: "this model needs mathematics that Turncoat does not have yet",
  });
}
