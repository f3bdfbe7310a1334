import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");

/** Folder of what was built; "" where there is none, or a source is newer. */
export function freshBuild(): string {
  const folder = join(root, "dist");
  const built = join(folder, "index.js");
  if (!existsSync(built)) return "";
  const since = statSync(built).mtimeMs;
  const isFresh = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).every(
    (path) => statSync(join(root, "src", path)).mtimeMs < since,
  );
  return isFresh ? folder : "";
}
