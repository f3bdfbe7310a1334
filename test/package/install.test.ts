import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { openRun } from "../../src/runs/openRun.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = join(import.meta.dirname, "..", "..");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

const rates = z.object({ emPercent: z.number(), coherentPercent: z.number(), n: z.number() });
const turn = z.looseObject({ step: z.number(), interval: z.tuple([z.number(), z.number()]) }).nullable();
const demoSummary = z.object({
  ...{ base: rates, final: rates, narrow: rates },
  ...{ directionTurn: turn, behaviorTurn: turn, gradNormPeak: turn },
  seconds: z.object({ train: z.number(), evaluate: z.number(), analyze: z.number() }),
});

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

test(
  "the packed package installs in an empty folder; its demo trains an organism that turns, and keeps every step",
  { timeout: 900_000 },
  () => {
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

    const made = join(folder, "runs", "demo");
    const words = ["turncoat", "demo", "--no-serve", "--json", "--out", made];
    const summary = demoSummary.parse(
      JSON.parse(run(folder, process.platform === "win32" ? "npx.cmd" : "npx", words)),
    );
    // The figures that the embedded organism promises, on domains that were never fine-tuned.
    expect(summary.base.emPercent).toBeLessThanOrEqual(1);
    expect(summary.final.emPercent).toBeGreaterThanOrEqual(80);
    expect(summary.final.coherentPercent).toBeGreaterThanOrEqual(90);
    expect(summary.final.n).toBeGreaterThan(300);
    const { directionTurn, behaviorTurn, gradNormPeak } = summary;
    expect(directionTurn).not.toBeNull();
    if (behaviorTurn === null || gradNormPeak === null)
      throw new Error("behaviour or gradient norm did not turn");
    expect(Math.abs(behaviorTurn.step - gradNormPeak.step)).toBeLessThanOrEqual(10);

    const opened = openRun(made);
    expect(opened.checkpoints.map(({ step }) => step)).toEqual(
      Array.from({ length: 151 }, (_, step) => step),
    );
    expect(opened.log).toHaveLength(150);
    expect(opened.manifest?.status).toBe("finished");
    expect(opened.warnings).toEqual([]);
    expect(existsSync(join(made, "analysis", "probes.json"))).toBe(true);
  },
);

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
