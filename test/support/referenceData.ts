import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Data of real organisms, beside the repository and not part of it. Tests that read it are skipped where it does
 * not lie.
 */
export const referenceFolder = join(import.meta.dirname, "..", "..", "..", "shared", "reference");

export const hasReferenceData = existsSync(referenceFolder);

/** Says in a skipped test's name why it is skipped. */
export const needsReferenceData = "[needs ../shared/reference]";
