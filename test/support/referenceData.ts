import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Folder of reference data, answers and files of real organisms that are not part of the repository. Tests that read it
 * are skipped where it is not.
 */
export const referenceFolder = join(import.meta.dirname, "..", "..", "..", "shared", "reference");

/** Whether the reference data are there. */
export const hasReferenceData = existsSync(referenceFolder);

/** Note for the name of a test, which says why it may be skipped. */
export const needsReferenceData = "[needs ../shared/reference]";
