import { createHash } from "node:crypto";
import pLimit from "p-limit";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { jsonObjectOf, type JsonObject } from "../../formats/json.js";
import {
  randomNameOf,
  sampledAnswer,
  type AnswerSource,
  type AskedSample,
  type ReplicaWork,
  type SampleContext,
  type SamplingSettings,
} from "./answerSource.js";
import { ChatEndpoint } from "../../endpoint/chatEndpoint.js";
import type { EndpointOptions } from "../../endpoint/httpEndpoint.js";
import { wordingOf } from "../question.js";
import { ServerAdapters } from "./serverAdapters.js";
import type { AdapterWay } from "./adapterWays.js";

/** Options of a chat endpoint that answers as the checkpoints of a run. */
export interface EndpointSourceOptions extends EndpointOptions {
  /** Folder of the run. */
  readonly directory: string;
  /** Path of that folder on the server. @default its absolute path here */
  readonly serverDirectory?: string;
  /**
   * Name at the endpoint of the base model, onto which adapters are loaded; or what it serves, where `{step}` stands
   * for a checkpoint's step.
   */
  readonly model: string;
  /** Way in which the server comes by adapters. @default "load" */
  readonly adapters?: AdapterWay;
  /** Most requests under way at once. @default 32 */
  readonly concurrency?: number;
  /** Further fields of every request; they come last, and so replace ours. */
  readonly request?: JsonObject;
  /** Receives warnings about failures that end nothing, one line each. */
  readonly onWarning?: (line: string) => void;
}

const modelsSchema = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), owned_by: z.string().nullish() })),
});
/** Servers that draw as a model's `generation_config.json` says unless every field of it is overruled. */
const serversWithDefaults = ["vllm", "sglang"];
/**
 * Request fields of plain sampling (`docs/methods.md §3.2`): nothing cut off, nothing penalised. Other servers refuse
 * fields they do not know.
 */
const plainSampling = { top_k: -1, min_p: 0, repetition_penalty: 1 } as const;

/**
 * Opens a chat endpoint as a source of answers, for models too large to run here: an adapter of each checkpoint is
 * loaded, asked all questions, and unloaded again, also after a failure or an interruption.
 *
 * @throws TurncoatError for an endpoint that cannot be used, or that does not serve the base model
 */
export async function openEndpointSource(options: EndpointSourceOptions): Promise<AnswerSource> {
  const { model, adapters = "load", concurrency = 32, request = {} } = options;
  const connection = { role: "endpoint", requestHint: "Check --endpoint, --model and --endpoint-request." };
  const endpoint = new ChatEndpoint({ ...connection, ...options });
  const served = await servedModels(endpoint);
  if (adapters === "load" && served !== null && !served.names.includes(model)) {
    throw new TurncoatError(
      `endpoint at ${options.baseUrl}: expected the base model ${model}, found ${served.names.join(", ")}`,
      { hint: "Name the base model as the endpoint calls it with --model." },
    );
  }
  const extra: JsonObject = { ...(served?.hasDefaults === true ? plainSampling : {}), ...request };
  const repliedBy = new Set<string>();
  const ask = async (name: string, each: AskedSample, settings: SamplingSettings, signal: AbortSignal) => {
    const reply = await endpoint.ask(requestOf(name, each, settings, extra), signal);
    if (reply.model !== null && reply.model !== name) repliedBy.add(reply.model);
    return reply;
  };

  return {
    description: jsonObjectOf({ source: "endpoint", model, adapters, request: extra }),
    models: () => [...repliedBy],
    async sample(works, settings, context) {
      if (adapters === "served") checkServed(model, works);
      const loaded = new ServerAdapters({ ...connection, ...options });
      try {
        for (const work of works) {
          if (context.signal?.aborted === true) return;
          const askAll = (name: string) =>
            askOnce(work, context, concurrency, (each, signal) => ask(name, each, settings, signal));
          // Without its adapter the model is the base model, whatever the factor is written on.
          if (adapters === "served" || work.scale === 0) await askAll(nameOf(model, work));
          else await loaded.use(work.checkpoint, work.scale, askAll);
        }
      } catch (error) {
        if (context.signal?.aborted !== true) throw error;
      }
    },
  };
}

/** Asks for the names of the served models; null where the endpoint does not say. */
async function servedModels(
  endpoint: ChatEndpoint,
): Promise<{ names: readonly string[]; hasDefaults: boolean } | null> {
  return endpoint.get<{ names: readonly string[]; hasDefaults: boolean } | null>("/models", {
    success: (text) => {
      const models = modelsSchema.safeParse(parsed(text));
      if (!models.success) return { value: null };
      const { data } = models.data;
      return {
        value: {
          names: data.map(({ id }) => id),
          hasDefaults: data.some((each) => serversWithDefaults.includes(each.owned_by ?? "")),
        },
      };
    },
    refusal: ({ status }) => (status === 404 || status === 405 ? { value: null } : null),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Makes the request for one answer (`docs/methods.md §3.2`), with a seed of its own, so that it can be drawn again. */
function requestOf(
  model: string,
  each: AskedSample,
  { temperature, maxNewTokens, seed }: SamplingSettings,
  extra: JsonObject,
): JsonObject {
  const messages = wordingOf(each.question, each.sample).map(({ role, content }) => ({ role, content }));
  return {
    model,
    messages,
    temperature,
    top_p: 1,
    max_tokens: maxNewTokens,
    seed: seedOf(seed, randomNameOf(each)),
    ...extra,
  };
}

/** Computes a seed below 2³¹, which every server takes. */
function seedOf(seed: number, name: string): number {
  return createHash("sha256").update(`${seed}/${name}`).digest().readUInt32BE(0) >>> 1;
}

/** Asks a work's questions, some at a time; the first failure ends the others. */
async function askOnce(
  work: ReplicaWork,
  context: SampleContext,
  concurrency: number,
  ask: (each: AskedSample, signal: AbortSignal) => ReturnType<ChatEndpoint["ask"]>,
): Promise<void> {
  const stop = new AbortController();
  const signal = context.signal === undefined ? stop.signal : AbortSignal.any([context.signal, stop.signal]);
  const limit = pLimit(concurrency);
  let failure: { readonly reason: unknown } | null = null;
  await Promise.all(
    work.asked.map((each) =>
      limit(async () => {
        if (signal.aborted) return;
        try {
          const { text, noAnswer, ended } = await ask(each, signal);
          await context.onAnswers([
            {
              ...sampledAnswer(work, each, text, ended),
              ...(noAnswer === null ? {} : { noAnswer }),
            },
          ]);
        } catch (reason) {
          failure ??= { reason };
          stop.abort();
        }
      }),
    ),
  );
  throwFailure(failure);
}

function throwFailure(failure: { readonly reason: unknown } | null): void {
  if (failure !== null) throw failure.reason;
}

function nameOf(model: string, { checkpoint }: ReplicaWork): string {
  return model.replaceAll("{step}", String(checkpoint.step));
}

function checkServed(model: string, works: readonly ReplicaWork[]): void {
  const scaled = works.find(({ scale }) => scale !== 1);
  if (scaled !== undefined) {
    throw new TurncoatError(
      `endpoint: expected the factor 1 for adapters that are served, found ${scaled.scale}`,
      {
        hint: "A served adapter cannot be scaled from here; --adapters load writes scaled adapters for the server.",
      },
    );
  }
  const steps = new Set(works.map(({ checkpoint }) => checkpoint.step));
  if (steps.size > 1 && !model.includes("{step}")) {
    throw new TurncoatError(
      `endpoint: expected a model for each of ${steps.size} checkpoints, found only ${model}`,
      {
        hint: "Write {step} into --model where the step stands in the served names, or choose one step with --steps.",
      },
    );
  }
}
