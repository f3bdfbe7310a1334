import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = join(import.meta.dirname, "..", "..");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Runs a command to its end and gives what it printed; throws where it fails. */
function run(
  folder: string,
  command: string,
  words: readonly string[],
  added: Record<string, string> = {},
): string {
  // What npm says to the scripts that it starts, this one among them, is not what a user's shell says.
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = { ...Object.fromEntries(kept), ...added };
  return execFileSync(command, words, {
    cwd: folder,
    env,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
}

test("the packed package installs in an empty folder, and its demo runs there", { timeout: 900_000 }, () => {
  const folder = temporaryFolder();
  // Scripts are left out because they would build dist again under the other tests.
  run(root, npm, ["pack", "--ignore-scripts", "--pack-destination", folder]);
  const [tarball = ""] = readdirSync(folder);
  expect(tarball).toMatch(/^turncoat-.*\.tgz$/);
  run(folder, npm, ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`], {
    ONNXRUNTIME_NODE_INSTALL: "skip",
  });
  writeFileSync(
    join(folder, "frame.mjs"),
    `import { toDataFrame, wilsonInterval } from "turncoat";
       import { readCSV, toCSV } from "turncoat/danfojs";
       const frame = await toDataFrame({ step: [0, 1], low: [wilsonInterval(5, 10)[0], NaN] });
       toCSV(frame, { filePath: "frame.csv" });
       console.log((await readCSV("frame.csv")).columns.join(" "), frame.shape.join(" "));`,
  );
  expect(run(folder, process.execPath, ["frame.mjs"])).toBe("step low 2 2\n");

  const said = run(folder, npm === "npm" ? "npx" : "npx.cmd", [
    "turncoat",
    "demo",
    "--no-serve",
    "--out",
    "runs/demo",
  ]);
  expect(said).toMatch(/^direction turns +step \d+ \[/m);
  expect(readdirSync(join(folder, "runs/demo"))).toContain("run.json");
});

test("no package that comes with Turncoat has a script that runs when it is installed", () => {
  const lock: unknown = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const scripted = Object.entries(packagesOf(lock)).filter(
    ([path, entry]) => path !== "" && !("dev" in entry) && "hasInstallScript" in entry,
  );
  expect(scripted.map(([path]) => path)).toEqual([]);
});

/** Packages of a lock file, by their folder. */
function packagesOf(lock: unknown): Record<string, object> {
  if (typeof lock !== "object" || lock === null || !("packages" in lock)) return {};
  const { packages } = lock;
  if (typeof packages !== "object" || packages === null) return {};
  return Object.fromEntries(
    Object.entries(packages).flatMap(([path, entry]: [string, unknown]) =>
      typeof entry === "object" && entry !== null ? [[path, entry]] : [],
    ),
  );
}
