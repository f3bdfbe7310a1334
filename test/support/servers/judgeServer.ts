import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { isTurncoatError } from "../../../src/errors.js";

const requestSchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  max_tokens: z.number(),
  temperature: z.literal(0),
  seed: z.literal(0),
  logprobs: z.boolean().optional(),
  top_logprobs: z.number().optional(),
  add_generation_prompt: z.boolean().optional(),
  continue_final_message: z.boolean().optional(),
});

/** Request as the server received it. */
export interface ReceivedRequest {
  readonly prompt: string;
  /** Beginning of the assistant's turn. */
  readonly prefix: string;
  readonly maxTokens: number;
  readonly wantsLogprobs: boolean;
  readonly authorization: string | undefined;
}

type Answer = (request: ReceivedRequest, response: ServerResponse, number: number) => void;

export interface JudgeServer {
  readonly baseUrl: string;
  readonly received: readonly ReceivedRequest[];
  /** Most requests that were open at once. */
  mostAtOnce(): number;
  /** Ends the server and every connection. */
  close(): void;
}

/** Starts a chat endpoint on a free port of this machine, closed when the test ends. `number` counts from 1. */
export async function judgeServer(answer: Answer): Promise<JudgeServer> {
  const server = await openJudgeServer(answer);
  onTestFinished(() => server.close());
  return server;
}

/** Starts a chat endpoint for several tests, which close it themselves. */
export async function openJudgeServer(answer: Answer): Promise<JudgeServer> {
  const received: ReceivedRequest[] = [];
  let [open, most] = [0, 0];
  const server = createServer((request, response) => {
    open++;
    most = Math.max(most, open);
    response.on("close", () => open--);
    void readRequest(request).then((parsed) => {
      received.push(parsed);
      answer(parsed, response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    received,
    mostAtOnce: () => most,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  if (request.url !== "/v1/chat/completions") throw new Error(`unexpected path ${request.url ?? ""}`);
  const body = requestSchema.parse(JSON.parse(text));
  const [first, second] = body.messages;
  if (second !== undefined && body.continue_final_message !== true)
    throw new Error("a reply begun, not continued");
  return {
    prompt: first?.content ?? "",
    prefix: second?.content ?? "",
    maxTokens: body.max_tokens,
    wantsLogprobs: body.top_logprobs === 20 && body.logprobs === true,
    authorization: request.headers.authorization,
  };
}

/** Sends a status and a body, which is JSON unless it is text already. */
export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Makes a completion whose first token is drawn from these probabilities. */
export function completion(tokens: Readonly<Record<string, number>>): unknown {
  const top = Object.entries(tokens)
    .map(([token, probability]) => ({ token, logprob: Math.log(probability) }))
    .sort((one, other) => other.logprob - one.logprob);
  return {
    choices: [
      {
        message: { role: "assistant", content: top[0]?.token },
        logprobs: { content: [{ top_logprobs: top }] },
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 1 },
  };
}

/** Makes a completion in words, without log-probabilities. */
export function plainCompletion(content: string | null, more: Record<string, unknown> = {}): unknown {
  return {
    choices: [{ message: { role: "assistant", content }, ...more }],
    usage: { prompt_tokens: 100, completion_tokens: 5 },
  };
}

/** Makes the next digit of a model that gives whole answers with these probabilities, digit by digit. */
export function nextDigits(
  answers: Readonly<Record<string, number>>,
  prefix: string,
): Record<string, number> {
  const next: Record<string, number> = {};
  let total = 0;
  for (const [text, probability] of Object.entries(answers)) {
    if (!text.startsWith(prefix)) continue;
    const token = text.charAt(prefix.length) || "<end>";
    next[token] = (next[token] ?? 0) + probability;
    total += probability;
  }
  return Object.fromEntries(Object.entries(next).map(([token, probability]) => [token, probability / total]));
}

/** The error of work that must fail, as the command line shows it: one line and a hint, empty where there is none. */
export async function failureOf(work: Promise<unknown>): Promise<{ message: string; hint: string }> {
  const error: unknown = await work.then(
    () => new Error("nothing failed"),
    (thrown: unknown) => thrown,
  );
  if (!isTurncoatError(error)) throw error;
  expect(error.message).not.toContain("\n");
  return { message: error.message, hint: error.hint ?? "" };
}
