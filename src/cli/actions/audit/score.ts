import { basename } from "node:path";
import { toJson } from "../../../analysis/toJson.js";
import { openModel } from "../../../model/model.js";
import { scoreAudit } from "../../../pipeline/audit/scoreAudit.js";
import { organismFolder } from "../../../pipeline/packageRoot.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import type { JsonFlag } from "../../flags/jsonOption.js";
import { interruptible } from "../../interrupt.js";
import { openEngine } from "../../open/engine.js";
import { auditText } from "../../output/auditText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

/** Runs `turncoat audit score`. */
export async function scoreAuditAction(
  predictions: readonly string[],
  flags: EngineFlags & JsonFlag & { readonly audit: string },
): Promise<void> {
  const model = openModel(organismFolder(), await openEngine(flags));
  const progress = startProgress("sealed runs", { quiet: flags.json === true });
  const scores = await interruptible((signal) =>
    scoreAudit({
      ...{ folder: flags.audit, model, signal },
      predictions: predictions.map((path) => ({ name: basename(path, ".json"), path })),
      onProgress: ({ done, total }) => progress.update(done, total, ""),
    }),
  ).finally(() => progress.stop());
  print(flags.json === true ? JSON.stringify(toJson(scores)) : auditText(scores));
}
