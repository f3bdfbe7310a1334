import { mkdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { Figure } from "../figures/figure.js";
import { figureSvg, type SvgOptions } from "../figures/static/figureSvg.js";
import { writeFileWhole } from "../runs/atomicFiles.js";
import { writing } from "../tensor/systemFaults.js";
import { writeOfflinePage, type OfflinePageOptions } from "./offlinePage.js";

/**
 * Writes one figure as SVG, in a size for print, without a browser. Folders are made as needed; a file that is there is
 * replaced.
 */
export function writeSvg(path: string, figure: Figure, options: SvgOptions = {}): void {
  writing(path, () => mkdirSync(dirname(path), { recursive: true }));
  writeFileWhole(path, figureSvg(figure, options));
}

/**
 * Writes figures as one HTML page that opens offline, and each as an SVG beside it, named after the page and its title;
 * what could not be drawn (null) is left out.
 *
 * @param path of the page; its SVG files lie beside it
 * @returns the paths that were written, the page first
 */
export function writeFigures(
  path: string,
  figures: readonly (Figure | null)[],
  options: OfflinePageOptions & SvgOptions,
): string[] {
  const drawn = figures.filter((figure) => figure !== null);
  writeOfflinePage(path, drawn, options);
  const stem = join(dirname(path), basename(path, extname(path)));
  return [path, ...writeSvgs(stem, drawn, options)];
}

/**
 * Writes each of some figures as SVG, named after a stem and its title.
 *
 * @param stem of the paths, such as `figures/demo`, which makes `figures/demo-training-loss.svg`
 * @returns the paths that were written
 */
export function writeSvgs(stem: string, figures: readonly Figure[], options: SvgOptions = {}): string[] {
  const names = new Set<string>();
  return figures.map((figure) => {
    const path = `${stem}-${uniqueName(slug(figure.meta.title), names)}.svg`;
    writeSvg(path, figure, options);
    return path;
  });
}

/** A title as part of a file's name. */
function slug(title: string): string {
  return (
    title
      .toLowerCase()
      .replaceAll("δ", "delta-")
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "figure"
  );
}

function uniqueName(name: string, names: Set<string>): string {
  let own = name;
  for (let count = 2; names.has(own); count++) own = `${name}-${count}`;
  names.add(own);
  return own;
}
