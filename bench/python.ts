import { spawnSync } from "node:child_process";
import { z } from "zod";

/** An interpreter with PyTorch and transformers. */
export interface Python {
  readonly interpreter: string;
  readonly versions: { readonly python: string; readonly torch: string; readonly transformers: string };
}

const versions = z.object({ python: z.string(), torch: z.string(), transformers: z.string() });
const question =
  "import json, platform, torch, transformers; print(json.dumps({'python': platform.python_version(), " +
  "'torch': torch.__version__, 'transformers': transformers.__version__}))";

/**
 * Finds the interpreter: the environment variable TURNCOAT_PYTHON, or `python3`.
 * @returns the reason where `python3` has no PyTorch
 * @throws Error where TURNCOAT_PYTHON names an interpreter that cannot import PyTorch and transformers
 */
export function findPython(): Python | { readonly reason: string } {
  const named = process.env.TURNCOAT_PYTHON ?? "";
  const interpreter = named === "" ? "python3" : named;
  const { status, stdout, stderr, error } = spawnSync(interpreter, ["-c", question], { encoding: "utf8" });
  if (status === 0) return { interpreter, versions: versions.parse(JSON.parse(stdout)) };
  const cause = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  const reason = `${interpreter} cannot import torch and transformers: ${cause}`;
  if (named !== "") throw new Error(`TURNCOAT_PYTHON: ${reason}`);
  return { reason };
}
