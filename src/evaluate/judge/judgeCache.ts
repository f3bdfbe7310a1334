import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { JsonObject } from "../../formats/json.js";
import { encodeJsonLine, readJsonLines } from "../../formats/jsonl.js";
import { endOfLastLine } from "../../formats/lines.js";
import { noAnswerReasons, type ChatReply } from "../../endpoint/chatReply.js";
import { writing } from "../../tensor/systemFaults.js";

const replySchema = z
  .object({
    text: z.string(),
    firstToken: z.array(z.object({ token: z.string(), logprob: z.number() })).nullable(),
    noAnswer: z.enum(noAnswerReasons).nullish(),
    model: z.string().nullish(),
    /** Kept by earlier versions in place of `noAnswer`. */
    filtered: z.boolean().optional(),
    promptTokens: z.number(),
    completionTokens: z.number(),
  })
  .transform(({ filtered, noAnswer, model, ...reply }): ChatReply => ({
    ...reply,
    noAnswer: noAnswer ?? (filtered === true ? "content_filter" : null),
    model: model ?? null,
  }));
const lineSchema = z.object({ key: z.string(), model: z.string(), reply: replySchema });

/**
 * Cache of judges' replies on disk, one JSON line each, appended and never changed: nothing is asked or paid for twice.
 * A reply is found by the SHA-256 of address and request; the API key is part of neither. The cache keeps the
 * reply itself, not the score, so that scores can be computed anew.
 */
export class JudgeCache {
  readonly #path: string | null;
  readonly #most: number;
  readonly #replies = new Map<string, ChatReply>();

  private constructor(path: string | null, most: number) {
    this.#path = path;
    this.#most = most;
  }

  /**
   * Opens a cache file, new or old; without a path replies are kept in memory alone. Half a last line, left by a
   * process that died, is cut off.
   * @param most replies held in memory; beyond them the oldest is forgotten there
   * @throws TurncoatError naming `file:line` of a line that is no reply
   */
  static open(path: string | null, most = Infinity): JudgeCache {
    const cache = new JudgeCache(path, most);
    if (path === null) return cache;
    writing(path, () => mkdirSync(dirname(path), { recursive: true }));
    if (!existsSync(path)) return cache;
    const { records, truncatedTail } = readJsonLines(path, lineSchema);
    for (const { key, reply } of records) cache.#keep(key, reply);
    const { end, size } = endOfLastLine(path);
    writing(path, () => {
      if (truncatedTail) truncateSync(path, end);
      else if (end < size) appendFileSync(path, "\n");
    });
    return cache;
  }

  /** Computes the key of a request to an address. */
  static key(baseUrl: string, body: JsonObject): string {
    return createHash("sha256")
      .update(JSON.stringify([baseUrl, body]))
      .digest("hex");
  }

  get(key: string): ChatReply | undefined {
    return this.#replies.get(key);
  }

  put(key: string, model: string, reply: ChatReply): void {
    this.#keep(key, reply);
    const path = this.#path;
    if (path !== null) writing(path, () => appendFileSync(path, encodeJsonLine({ key, model, reply })));
  }

  #keep(key: string, reply: ChatReply): void {
    this.#replies.set(key, reply);
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > this.#most && oldest !== undefined) this.#replies.delete(oldest);
  }
}
