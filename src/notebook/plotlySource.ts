import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Source text of the installed Plotly bundle, which knows scatter and heat map; read from disk. */
export function plotlySource(): string {
  const path = createRequire(import.meta.url).resolve("plotly.js-cartesian-dist-min");
  return readFileSync(path, "utf8");
}
