import { toJson } from "../../analysis/toJson.js";
import { verificationSentences } from "../../pipeline/training/verificationSentences.js";
import { verifyRun } from "../../pipeline/training/verifyTraining.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { interruptible } from "../interrupt.js";
import { startProgress } from "../output/progress.js";
import { oneLine, print } from "../output/terminal.js";

interface VerifyFlags extends EngineFlags {
  readonly data?: string;
  readonly model?: string;
  readonly steps?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Runs `turncoat verify`. */
export async function verifyAction(directory: string, flags: VerifyFlags): Promise<void> {
  const { data, model, steps, threads, provider } = flags;
  const progress = startProgress("verifying", { quiet: flags.json === true });
  const result = await interruptible((signal) =>
    verifyRun(directory, {
      ...{ data, model, signal },
      ...(threads === undefined ? {} : { threads }),
      ...(provider === undefined ? {} : { executionProvider: provider }),
      ...(steps === undefined ? {} : { steps }),
      goesOn: flags.all === true,
      onStep: ({ step, loss }, last) => progress.update(step, last, `loss ${loss.toFixed(4)}`),
    }),
  ).finally(() => progress.stop());
  const lines = verificationSentences(result).map(oneLine);
  print(flags.json === true ? JSON.stringify(toJson(result)) : lines.join("\n"));
  if (result.status === "different") process.exitCode = 1;
}
