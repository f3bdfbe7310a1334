import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { watch, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { evaluationsFolder } from "../../runs/layout.js";
import type { LiveEvent, ServedLiveState } from "../schemas/live.js";
import { RunTail } from "./runTail.js";

/** Milliseconds for which changes are gathered before a look, and after which there is one without any notice. */
const gather = 100;
const pollEvery = 1000;
/** Largest share of the time that looks may fill: one at a folder of many files takes long. */
const lookShare = 0.1;
/** Number of events kept for readers that come back or lag behind. */
const mostKept = 1000;

/** Event with the id that a reader sends to get what follows it. */
export type NumberedEvent = LiveEvent & { readonly id: string };

/**
 * Follows one run for all its readers: the system's notices of changes where there are any, and a slow poll, since there
 * are none on network drives.
 */
export class RunWatcher {
  readonly #tail: RunTail;
  readonly #directory: string;
  readonly #epoch = randomUUID().slice(0, 8);
  readonly #wake = new EventEmitter().setMaxListeners(0);
  readonly #watches = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #events: NumberedEvent[] = [];
  #count = 0;
  #soon: NodeJS.Timeout | undefined;
  #lookTook = 0;
  #isClosed = false;

  constructor(directory: string) {
    this.#directory = directory;
    this.#tail = new RunTail(directory);
    this.#look();
    this.#poll = setInterval(() => this.#gather(), pollEvery).unref();
  }

  /** State of the run. */
  get state(): ServedLiveState {
    return this.#tail.state();
  }

  /**
   * Yields the events after one that a reader had, as they come, until the signal. What a reader cannot be given any
   * more, it is told to read again: one without a last event, of an earlier server, or too far behind.
   */
  async *events(lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
    let next = this.#after(lastEventId);
    while (!signal.aborted && !this.#isClosed) {
      if (next === null || next < this.#count - this.#events.length) {
        const reason = lastEventId === undefined && next === null ? "start" : "missed";
        next = this.#count;
        yield this.#resync(reason);
        continue;
      }
      const event = this.#events[next - (this.#count - this.#events.length)];
      if (event === undefined) await once(this.#wake, "event", { signal }).catch(() => undefined);
      else {
        next++;
        yield event;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    for (const each of this.#watches.values()) each.close();
    this.#watches.clear();
    this.#wake.emit("event");
  }

  /** Number of the first event that a reader lacks; null where that cannot be said. */
  #after(lastEventId: string | undefined): number | null {
    const [, epoch, number] = /^([\da-f]{8})\.(\d{1,15})$/.exec(lastEventId ?? "") ?? [];
    if (epoch !== this.#epoch || Number(number) > this.#count) return null;
    return Number(number);
  }

  #resync(reason: "start" | "missed"): NumberedEvent {
    return {
      event: "resync",
      data: { reason, what: null, state: this.state },
      id: `${this.#epoch}.${this.#count}`,
    };
  }

  #gather(): void {
    if (this.#soon !== undefined || this.#isClosed) return;
    const wait = Math.max(gather, this.#lookTook / lookShare);
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, wait).unref();
  }

  #look(): void {
    const began = performance.now();
    this.#watch(this.#directory);
    this.#watch(join(this.#directory, evaluationsFolder));
    const found = this.#tail.look();
    this.#lookTook = performance.now() - began;
    if (found.length === 0) return;
    for (const each of found) {
      this.#count++;
      this.#events.push({ ...each, id: `${this.#epoch}.${this.#count}` });
    }
    this.#events = this.#events.slice(-mostKept);
    this.#wake.emit("event");
  }

  /** Asks the system for notices of changes in a folder; where it has none, the poll is enough. */
  #watch(folder: string): void {
    if (this.#watches.has(folder)) return;
    try {
      const watching = watch(folder, { persistent: false }, () => this.#gather());
      this.#watches.set(folder, watching);
      watching.on("error", () => {
        watching.close();
        this.#watches.delete(folder);
      });
    } catch {
      // The folder is not there, or the system has no more watches.
    }
  }
}
