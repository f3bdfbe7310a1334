import type { RunSource } from "../../runs/openRun.js";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { controlTest, type ControlTest } from "../../analysis/controls/controlTest.js";
import type { JudgedRun } from "../../analysis/controls/controlCurves.js";
import { isTurncoatError } from "../../errors.js";
import { isFolder } from "../../runs/isFolder.js";
import { readableManifest } from "../../runs/continuation.js";
import type { RunManifest } from "../../runs/manifest.js";
import { pairingOf, type Pairing } from "../evaluation/pairing.js";
import { analyzeRun, type AnalyzedRun, type AnalyzeRunOptions } from "./analyzeRun.js";

/** A run held against its controls, and whether they are paired with it. */
export interface ControlledRun extends ControlTest {
  readonly pairings: readonly Pairing[];
}

/**
 * Reads and analyses the controls of a run, and holds the run against them.
 * @param run a path, an opened run, or one that is analysed already; so are the controls, one or more
 * @throws TurncoatError where there is no run, or nothing in it can be read
 */
export async function heldAgainstControls(
  run: RunSource | AnalyzedRun,
  controls: readonly (RunSource | AnalyzedRun)[],
  options: AnalyzeRunOptions = {},
): Promise<ControlledRun> {
  const analyzed: AnalyzedRun[] = [];
  for (const each of [run, ...controls]) {
    const isAnalyzed = typeof each === "object" && "analysis" in each;
    analyzed.push(isAnalyzed ? each : await analyzeRun(each, options));
  }
  const [own, ...others] = analyzed;
  if (own === undefined) throw new RangeError("heldAgainstControls: no run");
  return heldAgainst(own, others);
}

/** Holds a run against controls that are analysed already. */
export function heldAgainst(run: AnalyzedRun, controls: readonly AnalyzedRun[]): ControlledRun {
  const test = controlTest(
    judged(run),
    controls.map((control) => judged(control)),
  );
  return {
    ...test,
    pairings: controls.map((control) => pairingOf(paired(run), paired(control))),
  };
}

/**
 * Holds a run against the control that it names, where that is there. One that cannot be read is a warning, since nobody
 * asked for it.
 */
export async function heldAgainstNamed(
  run: AnalyzedRun,
  options: AnalyzeRunOptions = {},
): Promise<{ readonly control: ControlledRun | null; readonly warnings: readonly string[] }> {
  const named = namedControl(run.run.directory, run.run.manifest);
  if (named === null) return { control: null, warnings: [] };
  try {
    const control = await heldAgainstControls(run, [named], options);
    return { control, warnings: pairingWarnings(control) };
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    return { control: null, warnings: [`its control could not be read: ${error.message}`] };
  }
}

/** Folder of the control that a run names in its `run.json`, beside it; null where it names none or it is not there. */
export function namedControl(directory: string, manifest: RunManifest | null): string | null {
  if (manifest?.control === undefined) return null;
  const folder = join(dirname(resolve(directory)), basename(manifest.control));
  return existsSync(folder) && isFolder(folder) ? folder : null;
}

/** Folder of the control that the run in a folder names; null where there is none, or its `run.json` cannot be read. */
export function namedControlOf(directory: string): string | null {
  return namedControl(directory, readableManifest(directory));
}

/** Warnings of what a run and its controls differ in, beyond the answers. */
export function pairingWarnings({ pairings }: ControlledRun): string[] {
  return pairings.flatMap(({ warnings }) => warnings);
}

function judged({ run, analysis, paths, kept }: AnalyzedRun): JudgedRun {
  const { disposition, learningCoefficient } = kept;
  return {
    ...{ name: basename(resolve(run.directory)), analysis, paths: paths() },
    ...{ disposition, learningCoefficient },
  };
}

function paired({ run: { directory, manifest } }: AnalyzedRun): Parameters<typeof pairingOf>[0] {
  return { directory: resolve(directory), manifest };
}
