import { setTimeout as wait } from "node:timers/promises";
import { messageOf, TurncoatError } from "../errors.js";
import type { JsonObject } from "../formats/json.js";
import { errorOfReply, errorWithin } from "./chatReply.js";
import { readBounded, ReplyTooLarge } from "./boundedBody.js";

/** Address of a server, and how it is asked. */
export interface EndpointOptions {
  /** Address without `/chat/completions`, such as `http://localhost:8000/v1`. */
  readonly baseUrl: string;
  /** API key; absent for a server that wants none. Sent as a header and nowhere else. */
  readonly apiKey?: string;
  /** Name of the environment variable the key comes from, for messages. @default "OPENAI_API_KEY" */
  readonly apiKeyName?: string;
  /** Time limit of an attempt, until the reply has arrived in full. @default 60 */
  readonly timeoutSeconds?: number;
  /** Number of further attempts after a failure that may pass. @default 6 */
  readonly retries?: number;
  /** Wait before the second attempt; it doubles from one attempt to the next. @default 1 */
  readonly firstWaitSeconds?: number;
  /** Name of the server's part, for messages. @default "endpoint" */
  readonly role?: string;
  /** Advice for a request that the server refuses, for messages. @default none */
  readonly requestHint?: string;
  /** Advice where attempts were given up, for messages. @default the same command later */
  readonly laterHint?: string;
}

/** Error thrown when a server refuses the key, or wants one: asking again cannot help. */
export class KeyRefused extends TurncoatError {}

/** Reader of the replies to one kind of request. */
export interface ReplyReader<T> {
  /** Reads a success; a string says in words what was found instead, and the request is made again. */
  readonly success: (text: string) => { readonly value: T } | string;
  /** Reads a refusal that is no failure; null leaves it one. */
  readonly refusal?: (refusal: Refusal) => { readonly value: T } | null;
}

/** Response with which a server declined a request. */
export interface Refusal {
  readonly status: number;
  /** The server's message on one line, shortened, and without the key. */
  readonly message: string;
  readonly code: string;
}

/** Most redirects that one request follows. */
const mostRedirects = 5;
/** Longest wait that a server may ask for before it counts as closed, in seconds. */
const longestWaitSeconds = 600;
/** Redirects after which the same request is made again; 303, which would make it another one, is none of them. */
const redirectStatuses = new Set([301, 302, 307, 308]);
const retriedStatuses = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

/** Error of an attempt that failed in a way that may pass. */
class PassingFailure extends Error {
  constructor(
    message: string,
    readonly waitSeconds: number | null = null,
  ) {
    super(message);
  }
}

/**
 * A client of a server that takes JSON, with retries. Failures that cannot pass (a refused key, an unknown model, a
 * spent quota) end every request at once, so that no run of thousands of refused calls looks complete
 * (`docs/methods.md §7`).
 */
export class HttpEndpoint {
  readonly #options: Required<Omit<EndpointOptions, "apiKey" | "laterHint" | "requestHint">>;
  readonly #laterHint: string | undefined;
  readonly #requestHint: string | undefined;
  readonly #baseUrl: string;
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
      role: "endpoint",
      ...options,
      apiKeyName,
    };
    this.#laterHint = options.laterHint;
    this.#requestHint = options.requestHint;
    this.#baseUrl = checkedAddress(options.baseUrl, this.#options.role);
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
   * Sends a body, and sends it again after a failure that may pass.
   *
   * @param path after the base address, such as `/chat/completions`
   * @throws TurncoatError for a failure that cannot pass or did not
   */
  post<T>(path: string, body: JsonObject, reader: ReplyReader<T>, signal?: AbortSignal): Promise<T> {
    return this.#ask(path, body, reader, signal);
  }

  /**
   * Looks something up, and does so again after a failure that may pass.
   *
   * @param path after the base address, such as `/models`
   * @throws TurncoatError for a failure that cannot pass or did not
   */
  get<T>(path: string, reader: ReplyReader<T>, signal?: AbortSignal): Promise<T> {
    return this.#ask(path, null, reader, signal);
  }

  async #ask<T>(
    path: string,
    body: JsonObject | null,
    reader: ReplyReader<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { retries, firstWaitSeconds } = this.#options;
    for (let attempt = 0; ; attempt++) {
      this.#throwIfEnded();
      signal?.throwIfAborted();
      try {
        return await this.#attempt(path, body, reader, signal);
      } catch (error) {
        this.#throwIfEnded();
        if (!(error instanceof PassingFailure)) throw error;
        if (attempt >= retries) {
          throw this.#end(`gave up after ${attempt + 1} attempts; the last one: ${error.message}`, {
            hint: this.#laterHint ?? "What was finished so far is kept; the same command continues.",
          });
        }
        this.#onRetry();
        const seconds = error.waitSeconds ?? backOff(firstWaitSeconds, attempt);
        await this.#pause(seconds, signal);
      }
    }
  }

  async #attempt<T>(
    path: string,
    body: JsonObject | null,
    reader: ReplyReader<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { timeoutSeconds } = this.#options;
    const timeout = AbortSignal.timeout(1000 * timeoutSeconds);
    const signals = [timeout, this.#stopped.signal, ...(signal === undefined ? [] : [signal])];
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(path, body, AbortSignal.any(signals));
      // The time-out covers the body too: a server may trickle it for ever.
      text = await readBounded(response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TurncoatError) throw error;
      if (error instanceof ReplyTooLarge) throw this.#end(error.message, { hint: this.#requestHint });
      if (timeout.aborted) throw new PassingFailure(`no complete answer within ${timeoutSeconds} s`);
      throw new PassingFailure(`no connection (${this.#clean(causeOf(error))})`);
    }
    const within = response.ok ? errorWithin(text) : null;
    if (response.ok && within === null) {
      const reply = reader.success(text);
      if (typeof reply !== "string") return reply.value;
      throw new PassingFailure(this.#clean(reply));
    }
    const { message, code } = within ?? errorOfReply(text);
    // A gateway that passes on a failure with status 200 gives the real status as its code.
    const status = within === null || !/^[45]\d\d$/.test(code) ? response.status : Number(code);
    const refusal = { status, message: this.#clean(message), code };
    const meant = reader.refusal?.(refusal) ?? null;
    if (meant !== null) return meant.value;
    throw this.#failure(refusal, response.headers.get("retry-after"));
  }

  /** Sends one request, and follows redirects that stay at its host: the key and the body travel no further. */
  async #fetch(path: string, body: JsonObject | null, signal: AbortSignal): Promise<Response> {
    let url = `${this.#baseUrl}${path}`;
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await fetch(url, {
        method: body === null ? "GET" : "POST",
        headers: this.#headers,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        redirect: "manual",
        signal,
      });
      const location = response.headers.get("location");
      if (!redirectStatuses.has(response.status) || location === null) return response;
      await response.body?.cancel();
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      if (next === null || !staysAtHost(new URL(url), next)) {
        const where = this.#clean(next === null ? `"${location}"` : next.origin);
        throw this.#end(`HTTP ${response.status}: it redirects to ${where}, which is another host`, {
          hint: "The key and the answers are sent to the address given and no other; give that one if it is right.",
        });
      }
      url = next.href;
    }
    throw this.#end(`it redirects more than ${mostRedirects} times`, { hint: this.#requestHint });
  }

  /** Makes a refusal into a failure that may pass, or into the end of all requests. */
  #failure({ status, message, code }: Refusal, retryAfter: string | null): Error {
    const { apiKeyName } = this.#options;
    // What a server says to a wrong key may quote the key.
    if (status === 401 || status === 403) {
      const key =
        this.#apiKey === undefined ? "there was no API key" : `it refused the API key of ${apiKeyName}`;
      const hint = `Set the environment variable ${apiKeyName}.`;
      return this.#end(`HTTP ${status}: ${key}`, { hint }, KeyRefused);
    }
    const said = message === "" ? "" : `: ${message}`;
    if (status < 400) return new PassingFailure(`the reply is an error${said}`);
    if (code === "insufficient_quota") return this.#end(`HTTP ${status}${said}`);
    if (!retriedStatuses.has(status)) {
      return this.#end(`HTTP ${status}${said}`, { hint: this.#requestHint });
    }
    const asked = retryAfterSeconds(retryAfter);
    if (asked !== null && asked > longestWaitSeconds) {
      return this.#end(`HTTP ${status}: it asks to wait ${Math.round(asked / 60)} minutes${said}`, {
        hint: this.#laterHint ?? "What was finished so far is kept; run the same command later.",
      });
    }
    return new PassingFailure(`HTTP ${status}${said}`, asked);
  }

  /** Ends this and every other request. */
  #end(what: string, options: { hint?: string } = {}, Kind = TurncoatError): TurncoatError {
    const { role, baseUrl } = this.#options;
    this.#fatal ??= new Kind(`${role} at ${baseUrl}: ${what}`, options);
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

  /** Brings foreign text onto one line, shortened, and without the key. */
  #clean(text: string): string {
    const line = text.replace(/\s+/g, " ").trim();
    const safe = this.#apiKey === undefined ? line : line.replaceAll(this.#apiKey, "[key]");
    return safe.length > 160 ? `${safe.slice(0, 160)}…` : safe;
  }
}

function checkedAddress(baseUrl: string, role: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new TurncoatError(
      `${role}: expected an address such as http://localhost:8000/v1, found "${baseUrl}"`,
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new TurncoatError(`${role}: expected an address without a user, a password or a query in it`, {
      hint: "An API key belongs in the environment, not in the address, which is written down with the answers.",
    });
  }
  return baseUrl.replace(/\/+$/, "");
}

/** Tells whether a redirect leads to the same server, from plain HTTP to its encrypted door too. */
function staysAtHost(from: URL, to: URL): boolean {
  const isUpgrade =
    from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
  return from.origin === to.origin || (isUpgrade && from.hostname === to.hostname);
}

/** Wait before the next attempt in seconds: doubled from attempt to attempt, up to a minute. */
function backOff(firstWaitSeconds: number, attempt: number): number {
  return Math.min(60, firstWaitSeconds * 2 ** attempt);
}

/**
 * Seconds that a `Retry-After` header asks to wait, given as a number or a date; null where it is absent or neither.
 */
export function retryAfterSeconds(header: string | null, now: number = Date.now()): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** Message of a failed `fetch`, which hides the reason in `cause`. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}
