import { basename, join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { openFolderJudge, type FolderJudgeOptions } from "../../evaluate/judge/folderJudge.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { readJudgePrompts } from "../../evaluate/judge/judgePrompts.js";
import { openLlmJudge, type LlmJudge, type LlmJudgeOptions } from "../../evaluate/judge/llmJudge.js";
import { openProbeJudge } from "../../evaluate/judge/probeJudge.js";
import { readProbeJudge } from "../../evaluate/judge/probeJudgeFile.js";
import { openModel } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { judgeCacheFile } from "../../runs/layout.js";
import { openEngine } from "./engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { type JudgeFlags, openAiAddress, type JudgeKind } from "../flags/judgeFlags.js";
import { commandLine } from "../../hints.js";

/** A judge that is ready; `llm` where it is a language model that reads prompts. */
export interface OpenedJudge {
  readonly judge: Judge;
  readonly llm: LlmJudge | null;
  /** Fit for the name of an evaluation. */
  readonly label: string;
}

/**
 * The kind of judge that the flags ask for: the one of --judge, else the one whose file or folder is named.
 * @param otherwise the kind without any of them
 * @throws TurncoatError where --judge says one kind and another's folder or file is named
 */
export function judgeKindOf<Other extends string>(
  { judgeFolder, judgeProbe }: JudgeFlags,
  said: JudgeKind | Other | undefined,
  otherwise: JudgeKind | Other,
): JudgeKind | Other {
  const named = judgeProbe !== undefined ? "probe" : judgeFolder !== undefined ? "folder" : undefined;
  if (said === undefined || said === named || named === undefined) return said ?? named ?? otherwise;
  throw new TurncoatError(
    `judge: expected one judge, found --judge ${said} and --judge-${named} ${judgeProbe ?? judgeFolder ?? ""}`,
  );
}

/**
 * Opens the judge that the flags describe.
 *
 * @param directory the run, beside which replies are kept
 * @throws TurncoatError where the model or the key is missing, or the endpoint, the folder or the probe cannot be used
 */
export async function openJudge(
  kind: JudgeKind,
  directory: string,
  flags: JudgeFlags & EngineFlags,
  signal: AbortSignal,
): Promise<OpenedJudge> {
  if (kind === "exact") return { judge: exactJudge, llm: null, label: "exact" };
  const cachePath = flags.cache ?? join(directory, judgeCacheFile);
  if (kind === "probe") {
    const judge = await openProbe(flags);
    return { judge, llm: null, label: `probe-${labelOf(basename(flags.judgeProbe ?? "", ".json"))}` };
  }
  if (kind === "folder") {
    const llm = await openFolder(flags, { cachePath, signal });
    return { judge: llm, llm, label: `folder-${labelOf(basename(flags.judgeFolder ?? ""))}` };
  }
  const options = llmJudgeOptions(flags);
  const llm = await openLlmJudge({ ...options, cachePath, signal });
  return { judge: llm, llm, label: labelOf(options.model) };
}

/**
 * Opens a model from a folder as judge.
 * @throws TurncoatError where no folder is named, or it cannot be used
 */
export async function openFolder(
  flags: JudgeFlags & EngineFlags,
  options: Pick<FolderJudgeOptions, "cachePath" | "mostKept" | "signal">,
): Promise<LlmJudge> {
  if (flags.judgeFolder === undefined) {
    throw new TurncoatError("judge: expected the folder of the model that judges, found none", {
      hint: "Name a Hugging Face folder with --judge-folder.",
    });
  }
  return openFolderJudge({
    model: openModel(flags.judgeFolder, await openEngine(flags)),
    metrics: flags.metrics,
    ...(flags.prompts === undefined ? {} : { prompts: readJudgePrompts(flags.prompts) }),
    ...options,
  });
}

/**
 * Opens a probe judge with the model of --judge-folder, or else the one at the place where it was fitted.
 * @throws TurncoatError where no probe is named, or there is another model
 */
export async function openProbe(flags: JudgeFlags & EngineFlags): Promise<Judge> {
  if (flags.judgeProbe === undefined) {
    throw new TurncoatError("judge: expected a probe judge, found none", {
      hint: `Name one with --judge-probe, as ${commandLine("judge", "fit")} writes it.`,
    });
  }
  const probe = readProbeJudge(flags.judgeProbe);
  const folder = flags.judgeFolder ?? probe.model.folder;
  return openProbeJudge(probe, openModel(folder, await openEngine(flags)), flags.judgeProbe);
}

/** A name as part of an evaluation's name. */
function labelOf(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, "-");
}

/**
 * The judge behind an endpoint that the flags describe, with the key from the environment.
 * @throws TurncoatError where the model or the key is missing, or a file of prompts cannot be read
 */
export function llmJudgeOptions(flags: JudgeFlags): LlmJudgeOptions {
  const { judgeModel, judgeEndpoint, judgeKeyEnv } = flags;
  if (judgeModel === undefined) {
    throw new TurncoatError("judge: expected the name of the model that judges, found none", {
      hint: "Name it with --judge-model as the endpoint calls it, such as gpt-4o-2024-08-06.",
    });
  }
  const apiKey = process.env[judgeKeyEnv]?.trim();
  const hasKey = apiKey !== undefined && apiKey !== "";
  if (!hasKey && judgeEndpoint === openAiAddress) {
    throw new TurncoatError(`judge: expected an API key in ${judgeKeyEnv}, found none`, {
      hint: "Set that environment variable, or name a server of your own with --judge-endpoint.",
    });
  }
  return {
    baseUrl: judgeEndpoint,
    model: judgeModel,
    ...(hasKey ? { apiKey } : {}),
    apiKeyName: judgeKeyEnv,
    metrics: flags.metrics,
    ...(flags.prompts === undefined ? {} : { prompts: readJudgePrompts(flags.prompts) }),
    ...(flags.cache === undefined ? {} : { cachePath: flags.cache }),
    concurrency: flags.judgeConcurrency,
    timeoutSeconds: flags.judgeTimeout,
    retries: flags.judgeRetries,
    readout: flags.readout,
    request: flags.judgeRequest,
    prices: flags.prices,
  };
}
