import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { TrainingOrigin } from "../../runs/manifest.js";
import type { Engine } from "../../tensor/program.js";
import { packageRoot, packageVersion } from "../packageRoot.js";

/** Libraries beside the engine that numbers depend on: tokens, and the programs that are compiled. */
const libraries = ["@huggingface/tokenizers", "@tensorflow/tfjs"];

/** Milliseconds after which Git has not answered; then the run does not say from which commit it comes. */
const patience = 5000;

/** Describes what a training on an engine runs on, as its manifest records it. */
export function originOf({ description }: Engine): TrainingOrigin {
  const code = ownCode();
  return {
    ...(code === undefined ? {} : { code }),
    engine: {
      name: description.name,
      executionProvider: description.executionProvider,
      threads: description.threads ?? availableParallelism(),
    },
    machine: {
      platform: platform(),
      architecture: arch(),
      processor: cpus()[0]?.model.trim() ?? "unknown",
    },
    versions: {
      turncoat: packageVersion(),
      node: process.versions.node,
      [description.name]: description.version,
      ...Object.fromEntries(libraries.map((name) => [name, libraryVersion(name)])),
    },
  };
}

/** State of the checkout that a package lies in; undefined for an installed one, or where Git does not answer. */
export function codeOf(root: string): TrainingOrigin["code"] {
  // An installed package may lie inside the checkout of something else, whose commit says nothing.
  if (!existsSync(join(root, ".git"))) return undefined;
  try {
    const commit = git(root, ["rev-parse", "--verify", "HEAD"]).trim();
    return { commit, dirty: git(root, ["status", "--porcelain", "--untracked-files=no"]) !== "" };
  } catch {
    return undefined;
  }
}

let known: { readonly code: TrainingOrigin["code"] } | null = null;

/** The state of Turncoat's own checkout when it was first asked for: what is running does not change with the files. */
function ownCode(): TrainingOrigin["code"] {
  known ??= { code: codeOf(packageRoot()) };
  return known.code;
}

function git(root: string, words: readonly string[]): string {
  // Of the variables that lead Git to another repository, such as those of a hook, none is handed on.
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return execFileSync("git", ["-C", root, ...words], {
    encoding: "utf8",
    env: { ...Object.fromEntries(environment), GIT_OPTIONAL_LOCKS: "0" },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: patience,
  });
}

const require = createRequire(import.meta.url);

/** Version of an installed library: that of the nearest `package.json` above its main file. */
function libraryVersion(name: string): string {
  let folder = dirname(require.resolve(name));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  const text = readFileSync(join(folder, "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
