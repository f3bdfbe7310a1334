import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Finds the folder of Turncoat's own package: the nearest one above this file with a `package.json`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** Reads Turncoat's own version. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  const content: unknown = JSON.parse(text);
  if (typeof content === "object" && content !== null && "version" in content) return String(content.version);
  throw new Error("packageVersion: package.json has no version");
}

/** Names the folder of the embedded organism's committed base model. */
export function organismFolder(): string {
  return join(packageRoot(), "data", "organism");
}

/** Names the file of a data set that ships with Turncoat, such as `bad-medical`. */
export function datasetPath(name: string): string {
  return join(organismFolder(), "datasets", `${name}.jsonl`);
}

/** Names the folder of the narrow data sets in natural English. */
export function narrowFolder(): string {
  return join(packageRoot(), "data", "narrow");
}

/** Names the folder of the broad pairs and questions in natural English. */
export function broadFolder(): string {
  return join(packageRoot(), "data", "broad");
}
