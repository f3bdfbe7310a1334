import type { Budget } from "./budget.js";
import type { Arguments, Value } from "./values.js";

/** What filters and tests need beside their arguments. */
export interface FilterContext {
  readonly budget: Budget;
  /** Applies another filter by name. */
  filter(name: string, value: Value, args: Arguments): Value;
  /** Applies a test by name. */
  test(name: string, value: Value, args: Arguments): boolean;
}

/** Filter of a template (`value | name(args)`). */
export type Filter = (value: Value, args: Arguments, context: FilterContext) => Value;
