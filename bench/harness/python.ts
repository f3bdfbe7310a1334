import { spawnSync } from "node:child_process";
import { z } from "zod";

/** Python interpreter, its version and those of its libraries. */
export interface Python {
  readonly interpreter: string;
  readonly versions: Readonly<Record<string, string>>;
}

const versions = z.record(z.string(), z.string());

/**
 * Finds the interpreter: the environment variable TURNCOAT_PYTHON, or `python3`.
 * @param modules what it has to be able to import
 * @returns the reason where `python3` cannot
 * @throws Error where TURNCOAT_PYTHON names an interpreter that cannot import them
 */
export function findPython(modules: readonly string[]): Python | { readonly reason: string } {
  const named = process.env.TURNCOAT_PYTHON ?? "";
  const interpreter = named === "" ? "python3" : named;
  const pairs = [
    "'python': platform.python_version()",
    ...modules.map((name) => `'${name}': ${name}.__version__`),
  ];
  const question = `import json, platform, ${modules.join(", ")}; print(json.dumps({${pairs.join(", ")}}))`;
  const { status, stdout, stderr, error } = spawnSync(interpreter, ["-c", question], { encoding: "utf8" });
  if (status === 0) return { interpreter, versions: versions.parse(JSON.parse(stdout)) };
  const cause = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  const reason = `${interpreter} cannot import ${modules.join(" and ")}: ${cause}`;
  if (named !== "") throw new Error(`TURNCOAT_PYTHON: ${reason}`);
  return { reason };
}
