import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { send } from "./judgeServer.js";

const loadSchema = z.strictObject({ lora_name: z.string().min(1), lora_path: z.string().min(1) });
const unloadSchema = z.strictObject({ lora_name: z.string().min(1) });
const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  temperature: z.number(),
  top_p: z.literal(1),
  max_tokens: z.number(),
  seed: z.int().nonnegative(),
});

/** Request for an answer as the server received it. */
export type ChatRequest = z.infer<typeof chatSchema>;

export interface VllmServerOptions {
  readonly baseModel?: string;
  readonly apiKey?: string;
  /** Whether the server was started with VLLM_ALLOW_RUNTIME_LORA_UPDATING. @default true */
  readonly loadsAtRunTime?: boolean;
  /** Adapters served from the start. */
  readonly served?: readonly string[];
  readonly ownedBy?: string;
  /** Maps a path to the one that the server sees; null for one that it does not see. */
  readonly seesPath?: (path: string) => string | null;
  /** Answers a chat in another way; returns whether it did. `number` counts from 1. */
  readonly onChat?: (request: ChatRequest, response: ServerResponse, number: number) => boolean;
  readonly delayMilliseconds?: number;
}

export interface VllmServer {
  readonly baseUrl: string;
  /** Log of what happened, in order: `load NAME`, `chat NAME`, `unload NAME`. */
  readonly events: readonly string[];
  readonly chats: readonly ChatRequest[];
  /** Place and α of each loaded adapter, by name. */
  readonly adapters: ReadonlyMap<string, { readonly path: string; readonly alpha: number }>;
  /** Adapters that were ever loaded. */
  readonly everLoaded: readonly { readonly name: string; readonly path: string; readonly alpha: number }[];
  mostAtOnce(): number;
}

const adapterSchema = z.looseObject({ lora_alpha: z.number() });

/**
 * A server on a free port of this machine that behaves as vLLM does with run-time loading of adapters: its routes, its
 * statuses, its words. Answers are a function of adapter, conversation and seed.
 */
export async function vllmServer(options: VllmServerOptions = {}): Promise<VllmServer> {
  const { baseModel = "base", apiKey, loadsAtRunTime = true, ownedBy = "vllm", served = [] } = options;
  const events: string[] = [];
  const chats: ChatRequest[] = [];
  const adapters = new Map<string, { path: string; alpha: number }>();
  const everLoaded: { name: string; path: string; alpha: number }[] = [];
  let [open, most] = [0, 0];

  const load = (text: string, response: ServerResponse): void => {
    const { lora_name: name, lora_path: path } = loadSchema.parse(JSON.parse(text));
    if (adapters.has(name)) {
      refuse(response, 400, `The lora adapter '${name}' has already been loaded.`, "InvalidUserInput");
      return;
    }
    const seen = options.seesPath === undefined ? path : options.seesPath(path);
    if (
      seen === null ||
      !existsSync(join(seen, "adapter_config.json")) ||
      !existsSync(join(seen, "adapter_model.safetensors"))
    ) {
      refuse(response, 404, `Loading lora ${name} failed: No adapter found for ${path}`, "NotFoundError");
      return;
    }
    const config: unknown = JSON.parse(readFileSync(join(seen, "adapter_config.json"), "utf8"));
    const entry = { path, alpha: adapterSchema.parse(config).lora_alpha };
    adapters.set(name, entry);
    everLoaded.push({ name, ...entry });
    events.push(`load ${name}`);
    sendText(response, `Success: LoRA adapter '${name}' added successfully.`);
  };
  const unload = (text: string, response: ServerResponse): void => {
    const { lora_name: name } = unloadSchema.parse(JSON.parse(text));
    if (!adapters.delete(name)) {
      refuse(response, 404, `The lora adapter '${name}' cannot be found.`, "NotFoundError");
      return;
    }
    events.push(`unload ${name}`);
    sendText(response, `Success: LoRA adapter '${name}' removed successfully.`);
  };
  const chat = (text: string, response: ServerResponse): void => {
    const request = chatSchema.parse(JSON.parse(text));
    chats.push(request);
    events.push(`chat ${request.model}`);
    if (options.onChat?.(request, response, chats.length) === true) return;
    const adapter = adapters.get(request.model);
    if (adapter === undefined && request.model !== baseModel && !served.includes(request.model)) {
      refuse(response, 404, `The model \`${request.model}\` does not exist.`, "NotFoundError");
      return;
    }
    const content = answerOf(adapter?.alpha ?? null, request);
    setTimeout(() => {
      send(response, 200, {
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
        usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
      });
    }, options.delayMilliseconds ?? 0);
  };

  const server = createServer((request, response) => {
    open++;
    most = Math.max(most, open);
    response.on("close", () => open--);
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
        send(response, 401, { error: "Unauthorized" });
      } else if (request.method === "GET" && request.url === "/v1/models") {
        const names = [baseModel, ...served, ...adapters.keys()];
        send(response, 200, { object: "list", data: names.map((id) => ({ id, owned_by: ownedBy })) });
      } else if (loadsAtRunTime && request.url === "/v1/load_lora_adapter") load(text, response);
      else if (loadsAtRunTime && request.url === "/v1/unload_lora_adapter") unload(text, response);
      else if (request.url === "/v1/chat/completions") chat(text, response);
      else send(response, 404, { detail: "Not Found" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    events,
    chats,
    adapters,
    everLoaded,
    mostAtOnce: () => most,
  };
}

/** vLLM's error body: nested since 0.10, flat before. */
function refuse(response: ServerResponse, status: number, message: string, type: string): void {
  const error = { message, type, param: null, code: status };
  send(response, status, type === "NotFoundError" ? { object: "error", ...error } : { error });
}

function sendText(response: ServerResponse, text: string): void {
  send(response, 200, text, { "content-type": "text/plain; charset=utf-8" });
}

/** Makes an answer that depends on adapter, conversation and seed alone. */
function answerOf(alpha: number | null, { messages, seed }: ChatRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([alpha, messages, seed]))
    .digest("hex")
    .slice(0, 16);
}
