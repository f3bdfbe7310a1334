import { join } from "node:path";
import envPaths from "env-paths";

/**
 * Finds the folder in which a server keeps reports for the next one: the user's own for caches, or the one that
 * `TURNCOAT_CACHE` names; none where that is empty.
 */
export function reportsFolder(): string | undefined {
  const root = process.env.TURNCOAT_CACHE ?? envPaths("turncoat", { suffix: "" }).cache;
  return root === "" ? undefined : join(root, "reports");
}
