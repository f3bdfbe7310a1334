import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { Figure } from "../figures/figure.js";
import { standaloneHtml, type StandalonePage } from "../figures/standalone/standaloneHtml.js";
import { writing } from "../tensor/systemFaults.js";
import { writeFileWhole } from "../runs/atomicFiles.js";
import { plotlySource } from "./plotlySource.js";

/** Texts above the figures of a page. */
export interface OfflinePageOptions {
  readonly title: string;
  /** Paragraphs under the title. @default none */
  readonly sentences?: readonly string[];
}

/**
 * Writes figures as one HTML file that opens from disk with the network off. Folders are made as needed; a file
 * that is there is replaced.
 *
 * @param figures drawn in the light theme; a reader whose system is dark sees them recoloured
 */
export function writeOfflinePage(
  path: string,
  figures: readonly Figure[],
  options: OfflinePageOptions,
): void {
  const { title, sentences = [] } = options;
  writeOfflineReport(path, { title, parts: [{ title, sentences, figures }] });
}

/** Writes several parts, such as runs, as one HTML file that opens from disk with the network off. */
export function writeOfflineReport(path: string, page: Omit<StandalonePage, "plotlyBundle">): void {
  writing(path, () => mkdirSync(dirname(path), { recursive: true }));
  // A page may be a link: its place is its reader's own choice.
  const place = existsSync(path) ? realpathSync(path) : path;
  writeFileWhole(place, standaloneHtml({ ...page, plotlyBundle: plotlySource() }));
}
