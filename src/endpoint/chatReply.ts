import { z } from "zod";

/** A token that a model might have given, with its log-probability (natural logarithm). */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
}

/** Reply of a chat model. */
export interface ChatReply {
  readonly text: string;
  /** Alternatives for the first token; null where the server gives no log-probabilities. */
  readonly firstToken: readonly TokenLogprob[] | null;
  /** True where the server's own filter refused the prompt or the reply. */
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
/** A failure as OpenAI nests it, as a web framework reports an unknown path, and flat, as older versions of vLLM do. */
const errorSchema = z.union([
  z.looseObject({ error: failureSchema }).transform(({ error }) => error),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail, code: "" })),
  failureSchema,
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
    firstToken: first?.top_logprobs?.map(({ token, logprob }) => ({ token, logprob })) ?? null,
    filtered: choice?.finish_reason === "content_filter",
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
  };
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
