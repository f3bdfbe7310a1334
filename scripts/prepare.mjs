// What npm does after it has installed a checkout: trims and builds. Not where npx does so, which installs a checkout into its
// own cache at its first call there, only to find the command: the build that is there may be in use by another process.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const isBuilt = existsSync(fileURLToPath(new URL("../dist/index.js", import.meta.url)));
if (process.env.npm_command !== "exec" || !isBuilt) {
  await import("./trim.mjs");
  // On Windows npm is a batch file, which needs a shell.
  const shell = process.platform === "win32";
  process.exitCode = spawnSync("npm", ["run", "build"], { stdio: "inherit", shell }).status ?? 1;
}
