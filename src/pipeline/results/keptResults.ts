import type { DispositionReading } from "../../analysis/directions/disposition.js";
import type { LandscapeAtStep } from "../../analysis/landscape/landscapeAlong.js";
import { isTurncoatError } from "../../errors.js";
import { readAttribution, type RunAttribution } from "./attributionResult.js";
import { readRemoval, type RunRemoval } from "./removalResult.js";
import { readBranches, type RunBranches } from "./branchResult.js";
import { readChange, type RunChange } from "./changeResult.js";
import { readDisposition, readingOf } from "./dispositionResult.js";
import { readLearningCoefficient, type RunLearningCoefficient } from "./learningCoefficientResult.js";
import { readLandscapeAlong } from "./landscapeAlongResult.js";
import { readLikelihood, type RunLikelihood } from "./likelihoodResult.js";
import { readProbes, type RunProbes } from "./probeResult.js";

/** Measurements kept beside a run that its report shows, as far as they can be read. */
export interface KeptResults {
  /** Null where it was not measured, or cannot be read; so are the others. */
  readonly likelihood: RunLikelihood | null;
  readonly disposition: DispositionReading | null;
  readonly change: RunChange | null;
  readonly probes: RunProbes | null;
  readonly attribution: RunAttribution | null;
  readonly removal: RunRemoval | null;
  readonly branches: RunBranches | null;
  readonly learningCoefficient: RunLearningCoefficient | null;
  readonly landscapeAlong: readonly LandscapeAtStep[] | null;
  /** Fault of each file that cannot be read: one sentence that names it and says what to do. */
  readonly faults: readonly string[];
}

/**
 * Reads the measurements kept beside a run that can be read: one damaged file must not hide all else that is known of a
 * run. Whoever reads them says the faults.
 */
export function keptResults(directory: string): KeptResults {
  const faults: string[] = [];
  const readable = <T>(read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      faults.push(`${error.message}; left out${error.hint === undefined ? "" : `. ${error.hint}`}`);
      return null;
    }
  };
  return {
    likelihood: readable(() => readLikelihood(directory)),
    disposition: readable(() => {
      const read = readDisposition(directory);
      return read === null ? null : readingOf(read);
    }),
    change: readable(() => readChange(directory)),
    probes: readable(() => readProbes(directory)),
    attribution: readable(() => readAttribution(directory)),
    removal: readable(() => readRemoval(directory)),
    branches: readable(() => readBranches(directory)),
    learningCoefficient: readable(() => readLearningCoefficient(directory)),
    landscapeAlong: readable(() => readLandscapeAlong(directory)),
    faults,
  };
}
