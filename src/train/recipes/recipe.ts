import type { Settings } from "./settings.js";

/** Settings of a training under a name, as plain data, with where they come from. */
export interface Recipe {
  readonly name: string;
  /** What it trains, in one sentence. */
  readonly summary: string;
  /** Paper or document that states the settings. */
  readonly source: string;
  /** What the source leaves open or this recipe does otherwise, one sentence each. */
  readonly notes: readonly string[];
  readonly settings: Settings;
}
