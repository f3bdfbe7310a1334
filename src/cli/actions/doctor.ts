import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isTurncoatError } from "../../errors.js";
import { readModelConfig } from "../../model/config/configJson.js";
import { packageRoot, packageVersion } from "../../pipeline/packageRoot.js";
import { isFolder } from "../../runs/isFolder.js";
import { createEngine } from "../../tensor/engine.js";
import type { JsonFlag } from "../flags/jsonOption.js";
import { checkEngines, type EngineCheck } from "../open/engineChecks.js";
import { bytesText } from "../output/bytesText.js";
import { canOpenBrowser } from "../output/openBrowser.js";
import { textTable } from "../output/tables/textTable.js";
import { print } from "../output/terminal.js";

/** What a machine is found to have. */
interface Diagnosis {
  readonly version: string;
  readonly node: { readonly version: string; readonly needed: string; readonly isEnough: boolean };
  readonly machine: {
    readonly platform: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly freeBytes: number;
  };
  readonly engines: readonly EngineCheck[];
  /** Name of the engine that commands take here; null where none runs. */
  readonly engine: string | null;
  /** Version of danfojs-node; null where it is not installed. */
  readonly danfojs: string | null;
  /** True where a browser's window would appear. */
  readonly opensBrowser: boolean;
  readonly models: { readonly folder: string; readonly found: readonly string[] };
}

/** Runs `turncoat doctor`. */
export async function doctorAction({ models, json }: JsonFlag & { readonly models: string }): Promise<void> {
  const diagnosis = await diagnose(models);
  print(json === true ? JSON.stringify(diagnosis) : diagnosisText(diagnosis));
  if (diagnosis.engines.every(({ runs }) => runs === null)) process.exitCode = 1;
}

async function diagnose(modelsFolder: string): Promise<Diagnosis> {
  const needed = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"))).engines.node;
  const { platform, arch, env } = process;
  return {
    version: packageVersion(),
    node: { version: process.versions.node, needed, isEnough: isAtLeast(process.versions.node, needed) },
    machine: {
      platform: `${platform} ${arch}`,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      freeBytes: freemem(),
    },
    engines: await checkEngines(),
    engine: await chosenEngine(),
    danfojs: installedVersion("danfojs-node"),
    opensBrowser: canOpenBrowser({ isTerminal: process.stdout.isTTY, platform, env }),
    models: { folder: modelsFolder, found: modelFolders(modelsFolder) },
  };
}

/** The engine that commands take here, as TURNCOAT_ENGINE has it; null where it does not load. */
async function chosenEngine(): Promise<string | null> {
  try {
    return (await createEngine()).description.name;
  } catch (error) {
    if (isTurncoatError(error)) return null;
    throw error;
  }
}

/** Compares a version with a range of the form >=20.19. */
function isAtLeast(version: string, needed: string): boolean {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [have, want] = [numbers(version), numbers(needed)];
  const at = want.findIndex((number, index) => number !== (have[index] ?? 0));
  return at < 0 || (have[at] ?? 0) > (want[at] ?? 0);
}

/** Version of a package, without loading it; null where it is not installed. */
function installedVersion(name: string): string | null {
  const { resolve } = createRequire(import.meta.url);
  try {
    const path = resolve(`${name}/package.json`);
    return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))).version;
  } catch {
    return null;
  }
}

/** Names of folders whose configuration is that of a model that can be opened. */
function modelFolders(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => {
      try {
        readModelConfig(join(folder, name));
        return true;
      } catch (error) {
        if (isTurncoatError(error)) return false;
        throw error;
      }
    });
}

function diagnosisText(found: Diagnosis): string {
  const { node, machine, engines, models } = found;
  const mark = (isThere: boolean): string => (isThere ? "yes" : "no");
  const rows = engines.map(({ name, executionProvider, runs, reason }) => [
    `  ${name}${executionProvider === null ? "" : ` on ${executionProvider}`}`,
    mark(runs !== null),
    runs === null
      ? (reason ?? "")
      : `${runs.version}, ${runs.executionProvider}${runs.threads === null ? "" : `, ${runs.threads} ${runs.threads === 1 ? "thread" : "threads"}`}`,
  ]);
  const missing = engines.flatMap(({ name, executionProvider, fix }) =>
    fix === null ? [] : [[`  ${name}${executionProvider === null ? "" : ` on ${executionProvider}`}`, fix]],
  );
  return [
    `Turncoat ${found.version}, Node ${node.version} (${node.isEnough ? "enough" : `too old: ${node.needed} is needed`})`,
    `${machine.platform}, ${machine.cores} ${machine.cores === 1 ? "core" : "cores"}, ${bytesText(machine.memoryBytes)} of memory, ${bytesText(machine.freeBytes)} free`,
    "",
    "engines, each tried with a small program:",
    textTable(rows),
    found.engine === null
      ? "commands cannot compute: no engine that they would take loads here"
      : `commands take: ${found.engine}`,
    ...(missing.length === 0 ? [] : ["", "how to get the others:", textTable(missing)]),
    "",
    `danfojs-node: ${found.danfojs ?? "not installed; notebooks alone need it: npm install danfojs-node"}`,
    `browser: ${found.opensBrowser ? "pages open by themselves" : "no window can appear here; the address of pages is printed"}`,
    models.found.length === 0
      ? `models in ${models.folder}: none; the embedded organism needs none, and --model takes any Hugging Face folder`
      : `models in ${models.folder}: ${models.found.join(", ")}`,
  ].join("\n");
}
