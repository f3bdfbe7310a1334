import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The folder of Turncoat's own package: the nearest one above this file with a `package.json`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** Turncoat's own version. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** The committed base model of the embedded organism. */
export function organismFolder(): string {
  return join(packageRoot(), "data", "organism");
}

/** A data set that ships with Turncoat, such as `bad-medical`. */
export function datasetPath(name: string): string {
  return join(organismFolder(), "datasets", `${name}.jsonl`);
}
