import { z } from "zod";

/** A token that a model might have given, with its log-probability (natural logarithm). */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
}

/**
 * Reasons for which a reply holds no text. `length`: its tokens were used up before the text began, as by reasoning.
 * `tool_calls`: it calls a tool. `refusal`: the provider's own field for a refusal. `content_filter`: a filter of the
 * server. `empty`: there is no text, and the server says no reason.
 */
export const noAnswerReasons = ["length", "tool_calls", "refusal", "content_filter", "empty"] as const;
export type NoAnswerReason = (typeof noAnswerReasons)[number];

/** Reasons in words. */
export const noAnswerWords: Readonly<Record<NoAnswerReason, string>> = {
  length: "its tokens were used up before the text began, as by reasoning",
  tool_calls: "it calls a tool",
  refusal: "the provider refused",
  content_filter: "a filter of the server kept it back",
  empty: "the server gives no reason",
};

const endings = z.enum(["stop", "length"]);

/** Reply of a chat model. */
export interface ChatReply {
  /** Text of the reply; empty where there is none. */
  readonly text: string;
  /** Reason why there is no text; null where there is one, if only an empty one that ended by itself. */
  readonly noAnswer: NoAnswerReason | null;
  /** What the text ended by: the model's own end, or the limit on its length; absent where that is not known. */
  readonly ended?: z.infer<typeof endings> | undefined;
  /** Alternatives for the first token; null where the server gives no log-probabilities. */
  readonly firstToken: readonly TokenLogprob[] | null;
  /** Model that replied, as the server calls it; null where it does not say. */
  readonly model: string | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const choiceMessage = z.looseObject({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
  function_call: z.unknown().optional(),
});

const replySchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: choiceMessage,
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
  model: z.string().nullish().catch(null),
  usage: z
    .looseObject({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() })
    .nullish(),
});
const failureSchema = z
  .looseObject({ message: z.string().nullish(), code: z.union([z.string(), z.number()]).nullish() })
  .transform(({ message, code }) => ({ message: message ?? "", code: String(code ?? "") }));
/**
 * A failure as OpenAI nests it, as Ollama writes it, as a web framework reports an unknown path, and flat, as older
 * versions of vLLM do.
 */
const errorSchema = z.union([
  z.looseObject({ error: failureSchema }).transform(({ error }) => error),
  z.looseObject({ error: z.string() }).transform(({ error }) => ({ message: error, code: "" })),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail, code: "" })),
  failureSchema,
]);

const ownError = z.union([z.string().min(1), failureSchema]);
/** A failure in place of a reply, or in place of its first choice. */
const errorWithinSchema = z.union([
  z.looseObject({ error: ownError }).transform(({ error }) => ({ error })),
  z
    .looseObject({ choices: z.tuple([z.looseObject({ error: ownError })]) })
    .transform(({ choices: [{ error }] }) => ({ error })),
]);

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
    noAnswer: choice === undefined ? "empty" : noAnswerOf(choice.message, choice.finish_reason ?? ""),
    ended: endings.safeParse(choice?.finish_reason).data,
    firstToken: first?.top_logprobs?.map(({ token, logprob }) => ({ token, logprob })) ?? null,
    model: result.data.model ?? null,
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
  };
}

/** Says why a message has no text; a text that a filter cut off is none either, and an empty one that ended is one. */
function noAnswerOf(message: z.infer<typeof choiceMessage>, finishReason: string): NoAnswerReason | null {
  const { content, refusal, tool_calls: toolCalls, function_call: functionCall } = message;
  if (finishReason === "content_filter") return "content_filter";
  if (typeof content === "string" && content.trim() !== "") {
    return finishReason === "length" && isOnlyThought(content) ? "length" : null;
  }
  if (typeof refusal === "string" && refusal !== "") return "refusal";
  const callsTool = (toolCalls ?? []).length > 0 || (functionCall !== undefined && functionCall !== null);
  if (callsTool || finishReason === "tool_calls" || finishReason === "function_call") return "tool_calls";
  if (finishReason === "length") return "length";
  return typeof content === "string" ? null : "empty";
}

/** Tells whether a text is the beginning of reasoning and nothing else. */
function isOnlyThought(content: string): boolean {
  return /^\s*<think>/.test(content) && !content.includes("</think>");
}

/**
 * The failure that a body with status 200 tells of instead of a reply, as gateways send it; null where it tells of
 * none. The code is an HTTP status where it is one.
 */
export function errorWithin(text: string): { message: string; code: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const result = errorWithinSchema.safeParse(value);
  if (!result.success) return null;
  const { error } = result.data;
  return typeof error === "string" ? { message: error, code: "" } : error;
}

/** The message and code in the body of a failed response; both empty where nothing can be read. */
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
