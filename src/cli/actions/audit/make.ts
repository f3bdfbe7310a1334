import { randomInt } from "node:crypto";
import { toJson } from "../../../analysis/toJson.js";
import { openModel } from "../../../model/model.js";
import { readPlan } from "../../../pipeline/audit/auditFiles.js";
import { makeAudit } from "../../../pipeline/audit/makeAudit.js";
import { organismFolder } from "../../../pipeline/packageRoot.js";
import { presetConfig } from "../../../train/recipes/presets.js";
import { commandLine } from "../../../hints.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import type { JsonFlag } from "../../flags/jsonOption.js";
import { interruptible } from "../../interrupt.js";
import { openEngine } from "../../open/engine.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface MakeFlags extends EngineFlags, JsonFlag {
  readonly seed?: number;
  readonly into: string;
  readonly steps?: number;
}

/** Runs `turncoat audit make`. It says nothing of what the runs are. */
export async function makeAuditAction(runs: number, flags: MakeFlags): Promise<void> {
  const { into, steps } = flags;
  const model = openModel(organismFolder(), await openEngine(flags));
  const config = presetConfig("crisp");
  const progress = startProgress("sealed runs", { quiet: flags.json === true });
  const { seal } = await interruptible((signal) =>
    makeAudit({
      ...{ folder: into, runs, model, signal },
      seed: flags.seed ?? readPlan(into)?.seed ?? randomInt(2 ** 47),
      config: steps === undefined ? config : { ...config, steps },
      onProgress: ({ done, total }) => progress.update(done, total, ""),
    }),
  ).finally(() => progress.stop());
  if (flags.json === true) print(JSON.stringify(toJson({ folder: into, ...seal })));
  else
    print(
      `${seal.runs.length} sealed runs in ${into}; the truth lies beside it, sealed by ${seal.truthSha256.slice(0, 12)}…\n` +
        `next: ${commandLine("audit", "score", "--audit", into)}`,
    );
}
