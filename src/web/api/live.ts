import type { LiveEvent, ServedLiveState } from "../../server/schemas/live.js";
import { get, hasFields } from "./request.js";
import { runAddress } from "./runs.js";

/** Milliseconds between two questions about a run whose events cannot be followed, or at which nobody looks. */
const pollEvery = 2000;
const pollHiddenEvery = 20_000;
/** Milliseconds after which following is tried again. */
const retryEvery = 15_000;

/** Way in which a page hears of a run: as it happens, by asking, or not at all. */
export type LiveConnection = "following" | "asking" | "lost";

export interface LiveReader {
  /** Called with what a run writes; a run that is asked for answers with a `resync` wherever it has changed. */
  readonly onEvent: (event: LiveEvent) => void;
  readonly onConnection: (connection: LiveConnection) => void;
}

/** Fetches the state of a run. */
function fetchLiveState(run: string): Promise<ServedLiveState> {
  return get(`${runAddress(run)}/live`, hasFields<ServedLiveState>("status", "step", "transitions"));
}

/**
 * Tells what a run writes, until it is ended. A page that nobody looks at asks now and then, since a browser has few
 * connections to one server, and each followed run holds one.
 */
export class LiveFollower {
  readonly #run: string;
  readonly #reader: LiveReader;
  #source: EventSource | null = null;
  #timer: number | undefined;
  #failedAt = -Infinity;
  #asked = "";
  #isEnded = false;

  constructor(run: string, reader: LiveReader) {
    this.#run = run;
    this.#reader = reader;
    document.addEventListener("visibilitychange", this.#choose);
    this.#choose();
  }

  end(): void {
    this.#isEnded = true;
    document.removeEventListener("visibilitychange", this.#choose);
    this.#stop();
  }

  readonly #choose = (): void => {
    this.#stop();
    if (this.#isEnded) return;
    const mayFollow = !document.hidden && performance.now() - this.#failedAt > retryEvery;
    if (mayFollow) this.#follow();
    else this.#askSoon();
  };

  #stop(): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#timer);
  }

  #follow(): void {
    const source = new EventSource(`./api/v1/${runAddress(this.#run)}/events`);
    this.#source = source;
    source.addEventListener("open", () => this.#reader.onConnection("following"));
    source.addEventListener("error", () => {
      // The browser tries again by itself, with the last event's id, unless it was refused.
      if (source.readyState !== EventSource.CLOSED) {
        this.#reader.onConnection("lost");
        return;
      }
      this.#failedAt = performance.now();
      this.#choose();
    });
    for (const name of ["step", "behavior", "transition", "status", "resync"]) {
      source.addEventListener(name, (message: MessageEvent<unknown>) => {
        const data: unknown = JSON.parse(String(message.data));
        const event: unknown = { event: name, data };
        if (isEvent(event)) this.#reader.onEvent(event);
      });
    }
  }

  #askSoon(): void {
    this.#timer = setTimeout(() => void this.#ask(), document.hidden ? pollHiddenEvery : pollEvery);
  }

  async #ask(): Promise<void> {
    try {
      const state = await fetchLiveState(this.#run);
      this.#reader.onConnection("asking");
      const text = JSON.stringify(state);
      if (text !== this.#asked) {
        this.#asked = text;
        this.#reader.onEvent({ event: "resync", data: { reason: "start", what: null, state } });
      }
    } catch {
      this.#reader.onConnection("lost");
    }
    if (this.#source === null) this.#choose();
  }
}

/**
 * Tells the compiler that a value is an event. The server is of this build: what it sends under a name has the name's
 * fields.
 */
function isEvent(value: unknown): value is LiveEvent {
  return typeof value === "object" && value !== null && "event" in value && "data" in value;
}
