import { setTimeout as wait } from "node:timers/promises";
import { messageOf, TurncoatError } from "../errors.js";
import type { JsonObject } from "../formats/json.js";
import { errorOfReply, parseReply, type ChatReply } from "./chatReply.js";

/** Where and how a judge is reached. */
export interface EndpointOptions {
  /** Up to and without `/chat/completions`, such as `http://localhost:8000/v1`. */
  readonly baseUrl: string;
  /** Absent for a server that wants none. Sent as a header and nowhere else. */
  readonly apiKey?: string;
  /** The environment variable the key comes from, for messages. @default "OPENAI_API_KEY" */
  readonly apiKeyName?: string;
  /** Until the reply has arrived in full. @default 60 */
  readonly timeoutSeconds?: number;
  /** Further attempts after a failure that may pass. @default 6 */
  readonly retries?: number;
  /** Wait before the second attempt; it doubles from one attempt to the next. @default 1 */
  readonly firstWaitSeconds?: number;
}

/** Longest wait that a server may ask for before it counts as closed. */
const longestWaitSeconds = 600;
const retriedStatuses = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

/** An attempt that failed in a way that may pass. */
class PassingFailure extends Error {
  constructor(
    message: string,
    readonly waitSeconds: number | null = null,
  ) {
    super(message);
  }
}

/**
 * A chat endpoint as OpenAI defines it, with retries. Failures that cannot pass (a refused key, an unknown model, a
 * spent quota) end every request at once, so that no run of thousands of refused calls looks complete
 * (methods §7).
 */
export class ChatEndpoint {
  readonly #options: Required<Omit<EndpointOptions, "apiKey">>;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #apiKey: string | undefined;
  readonly #onRetry: () => void;
  readonly #stopped = new AbortController();
  #fatal: TurncoatError | null = null;

  /** @throws TurncoatError for an address or a key that cannot be used */
  constructor(options: EndpointOptions, onRetry: () => void = () => undefined) {
    const { apiKey, apiKeyName = "OPENAI_API_KEY" } = options;
    this.#options = {
      timeoutSeconds: 60,
      retries: 6,
      firstWaitSeconds: 1,
      ...options,
      apiKeyName,
    };
    this.#url = `${checkedAddress(options.baseUrl)}/chat/completions`;
    // A header that cannot be sent would be quoted in full by the error of the HTTP library.
    if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
      throw new TurncoatError(`${apiKeyName}: expected an API key of printable characters without spaces`);
    }
    this.#apiKey = apiKey;
    this.#headers = {
      "content-type": "application/json",
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    this.#onRetry = onRetry;
  }

  /**
   * Asks once, and again where that may help.
   *
   * @param body the request as OpenAI defines it; see `chatBody`
   * @throws TurncoatError for a failure that cannot pass or did not
   */
  async ask(body: JsonObject, signal?: AbortSignal): Promise<ChatReply> {
    const { retries, firstWaitSeconds } = this.#options;
    for (let attempt = 0; ; attempt++) {
      this.#throwIfEnded();
      signal?.throwIfAborted();
      try {
        return await this.#attempt(body, signal);
      } catch (error) {
        this.#throwIfEnded();
        if (!(error instanceof PassingFailure)) throw error;
        if (attempt >= retries) {
          throw this.#end(`gave up after ${attempt + 1} attempts; the last one: ${error.message}`, {
            hint: "What was judged so far is kept; the same command continues.",
          });
        }
        this.#onRetry();
        const seconds = error.waitSeconds ?? backOff(firstWaitSeconds, attempt);
        await this.#pause(seconds, signal);
      }
    }
  }

  async #attempt(body: JsonObject, signal: AbortSignal | undefined): Promise<ChatReply> {
    const { timeoutSeconds } = this.#options;
    const timeout = AbortSignal.timeout(1000 * timeoutSeconds);
    const signals = [timeout, this.#stopped.signal, ...(signal === undefined ? [] : [signal])];
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: JSON.stringify(body),
        signal: AbortSignal.any(signals),
      });
      // The time-out covers the body too: a server may trickle it for ever.
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) throw new PassingFailure(`no complete answer within ${timeoutSeconds} s`);
      throw new PassingFailure(`no connection (${this.#clean(causeOf(error))})`);
    }
    if (response.ok) {
      const reply = parseReply(text);
      if (typeof reply !== "string") return reply;
      throw new PassingFailure(`expected a chat completion, found ${this.#clean(reply)}`);
    }
    return this.#refuse(response, text);
  }

  /** Turns a status that is no success into a filtered reply, a failure that may pass, or the end. */
  #refuse(response: Response, text: string): ChatReply {
    const { status } = response;
    const { message, code } = errorOfReply(text);
    const { apiKeyName } = this.#options;
    if (code === "content_filter") {
      return { text: "", firstToken: null, filtered: true, promptTokens: 0, completionTokens: 0 };
    }
    // What a server says to a wrong key may quote the key.
    if (status === 401 || status === 403) {
      const key =
        this.#apiKey === undefined ? "there was no API key" : `it refused the API key of ${apiKeyName}`;
      throw this.#end(`HTTP ${status}: ${key}`, { hint: `Set the environment variable ${apiKeyName}.` });
    }
    const said = message === "" ? "" : `: ${this.#clean(message)}`;
    if (code === "insufficient_quota") throw this.#end(`HTTP ${status}${said}`);
    if (!retriedStatuses.has(status)) {
      throw this.#end(`HTTP ${status}${said}`, { hint: "Check --base-url, --model and --request." });
    }
    const asked = retryAfterSeconds(response.headers.get("retry-after"));
    if (asked !== null && asked > longestWaitSeconds) {
      throw this.#end(`HTTP ${status}: it asks to wait ${Math.round(asked / 60)} minutes${said}`, {
        hint: "What was judged so far is kept; run the same command later.",
      });
    }
    throw new PassingFailure(`HTTP ${status}${said}`, asked);
  }

  /** Ends this and every other request. */
  #end(what: string, options: { hint?: string } = {}): TurncoatError {
    this.#fatal ??= new TurncoatError(`judge at ${this.#options.baseUrl}: ${what}`, options);
    this.#stopped.abort();
    return this.#fatal;
  }

  #throwIfEnded(): void {
    if (this.#fatal !== null) throw this.#fatal;
  }

  async #pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
    const signals = [this.#stopped.signal, ...(signal === undefined ? [] : [signal])];
    try {
      await wait(1000 * seconds, undefined, { signal: AbortSignal.any(signals) });
    } catch {
      // Woken up because all ends: the next round says why.
    }
  }

  /** Foreign text on one line, short, and without the key. */
  #clean(text: string): string {
    const line = text.replace(/\s+/g, " ").trim();
    const safe = this.#apiKey === undefined ? line : line.replaceAll(this.#apiKey, "[key]");
    return safe.length > 160 ? `${safe.slice(0, 160)}…` : safe;
  }
}

function checkedAddress(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new TurncoatError(
      `judge: expected an address such as http://localhost:8000/v1, found "${baseUrl}"`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new TurncoatError("judge: expected an address without a user, a password or a query in it", {
      hint: "An API key belongs in the environment, not in the address, which is written down with the answers.",
    });
  }
  return baseUrl.replace(/\/+$/, "");
}

/** Doubles from attempt to attempt, up to a minute. */
function backOff(firstWaitSeconds: number, attempt: number): number {
  return Math.min(60, firstWaitSeconds * 2 ** attempt);
}

/** Seconds, or an HTTP date; null where the header is absent or neither. */
export function retryAfterSeconds(header: string | null, now: number = Date.now()): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** fetch hides the reason in `cause`. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}
