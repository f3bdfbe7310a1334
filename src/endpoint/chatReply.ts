import { z } from "zod";
import type { ChatMessage } from "../formats/chat.js";
import type { JsonObject } from "../formats/json.js";
import type { TokenLogprob } from "../evaluate/judge/numericScore.js";

/** What a judge gave back. */
export interface ChatReply {
  readonly text: string;
  /** Alternatives for the first token with their log-probabilities; null where the server gives none. */
  readonly firstToken: readonly TokenLogprob[] | null;
  /** The server's own filter refused the prompt or the reply. */
  readonly filtered: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const replySchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .looseObject({
            content: z
              .array(
                z.looseObject({
                  top_logprobs: z.array(z.looseObject({ token: z.string(), logprob: z.number() })).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: z
    .looseObject({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() })
    .nullish(),
});
const failureSchema = z
  .looseObject({ message: z.string().nullish(), code: z.union([z.string(), z.number()]).nullish() })
  .transform(({ message, code }) => ({ message: message ?? "", code: String(code ?? "") }));
/** As OpenAI nests it, as a web framework says that there is no such path, and flat, as older servers of vLLM do. */
const errorSchema = z.union([
  z.looseObject({ error: failureSchema }).transform(({ error }) => error),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail, code: "" })),
  failureSchema,
]);

/** The request of one judgement (methods §3.3): temperature 0, seed 0, and log-probabilities where wanted. */
export function chatBody(
  model: string,
  messages: readonly ChatMessage[],
  options: { readonly maxTokens: number; readonly topLogprobs: number; readonly extra?: JsonObject },
): JsonObject {
  const { maxTokens, topLogprobs, extra = {} } = options;
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_tokens: maxTokens,
    temperature: 0,
    seed: 0,
    ...(topLogprobs > 0 ? { logprobs: true, top_logprobs: topLogprobs } : {}),
    ...extra,
  };
}

/** Reads a chat completion; where the text is none, says in words what it is instead. */
export function parseReply(text: string): ChatReply | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `no JSON: "${text}"`;
  }
  const result = replySchema.safeParse(value);
  if (!result.success) return `JSON that differs at "${result.error.issues[0]?.path.join(".") ?? ""}"`;
  const [choice] = result.data.choices;
  const [first] = choice?.logprobs?.content ?? [];
  const { usage } = result.data;
  return {
    text: choice?.message.content ?? "",
    firstToken: first?.top_logprobs?.map(({ token, logprob }) => ({ token, logprob })) ?? null,
    filtered: choice?.finish_reason === "content_filter",
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
  };
}

/** What a server says of a failure; empty where it says nothing that can be read. */
export function errorOfReply(text: string): { message: string; code: string } {
  try {
    const value: unknown = JSON.parse(text);
    const result = errorSchema.safeParse(value);
    if (result.success) return result.data;
  } catch {
    // Not JSON: a proxy's page, of no use in one line.
  }
  return { message: "", code: "" };
}
