import type { LiveEvent, ServedLiveState } from "../../../server/schemas/live.js";
import type { ServedReport } from "../../../server/schemas/report.js";
import { LiveFollower, type LiveConnection } from "../../api/live.js";
import { ApiError } from "../../api/request.js";
import { button } from "../../parts/dom.js";
import type { PageHeader } from "../../parts/pageHeader.js";
import { indicatorWords } from "../../plots/transitions.js";
import { LiveAlerts } from "./liveAlerts.js";
import { analyzedWords, progressBars, trainedWords } from "./liveProgress.js";

/** Least milliseconds between two looks at the report, and after a part of one until the rest is asked for. */
const restBetween = 250;
const askAgainAfter = 400;
/** Milliseconds after which a run that has written nothing is said to be silent. */
const silence = 60_000;
/** Milliseconds until a report that could not be made is asked for again: its files may have been mended. */
const askAfterFailure = 10_000;

interface LiveRunOptions {
  readonly run: string;
  readonly report: () => ServedReport;
  /** Reads the report again and draws what has changed. */
  readonly look: () => Promise<void>;
  /** Called where the server says that the report cannot be made, which `failure` then tells. */
  readonly onFailure: () => void;
  readonly onChoose: (step: number) => void;
  /** Switch by which the cursor follows the newest step, which is shown as long as there are new ones. */
  readonly follow: HTMLElement;
}

/**
 * Keeps the page of a run up to date: while its analysis is under way, and while it is being written. Says where it is,
 * pauses when asked to, and rings when a detector fires.
 */
export class LiveRun {
  readonly pause: HTMLButtonElement;
  readonly alerts: LiveAlerts;
  /** Reason why the report could not be made, as the server says it; empty where it could. */
  failure = "";
  readonly #options: LiveRunOptions;
  #header: PageHeader | null = null;
  #follower: LiveFollower | null = null;
  #state: Pick<ServedLiveState, "status" | "why" | "step" | "planned" | "written"> | null = null;
  #connection: LiveConnection = "following";
  #note = "";
  #isPaused = false;
  #isStale = false;
  #isLooking = false;
  #timer: number | undefined;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.alerts = new LiveAlerts(options.onChoose);
    this.pause = button("pause", () => this.#togglePause(), { title: "stop drawing what is new" });
    this.#showTools(false);
  }

  /** Begins, once the page is drawn. */
  start(header: PageHeader): void {
    this.#header = header;
    const { isComplete } = this.#options.report();
    if (!this.#isWritten()) {
      if (!isComplete) this.#lookIn(askAgainAfter);
      return;
    }
    this.#showTools(true);
    this.#follower = new LiveFollower(this.#options.run, {
      onEvent: (event) => this.#take(event),
      onConnection: (connection) => {
        this.#connection = connection;
        this.showState();
      },
    });
    setInterval(() => this.showState(), 15_000);
    if (!isComplete) this.#lookIn(askAgainAfter);
  }

  /** Shows the state of the run in the header. */
  showState(header: PageHeader | null = this.#header): void {
    const report = this.#options.report();
    const state = this.#state;
    const status = state?.status ?? report.status;
    const trained = state === null || status === "finished" ? null : state;
    const words = [
      ...(trained === null ? [] : [trainedWords(trained)]),
      ...(this.#isPaused ? [this.#isStale ? "paused, there is more" : "paused"] : []),
      ...(this.#connection === "lost" ? ["no connection, trying again"] : []),
      ...(status === "running" ? silenceWords(state?.written ?? null) : []),
      ...(report.progress === null
        ? []
        : [this.failure === "" ? analyzedWords(report.progress) : "cannot be analysed"]),
      ...(state?.why == null ? [] : [state.why]),
      ...(this.#note === "" ? [] : [this.#note]),
    ];
    const bars = progressBars(trained, this.failure === "" ? report.progress : null);
    header?.setState(status, words.filter((each) => each !== "").join(" · "), bars);
  }

  /** Tells whether the run may be being written: a run made elsewhere does not say when it is finished. */
  #isWritten(): boolean {
    return !["finished", "interrupted", "unreadable"].includes(this.#options.report().status);
  }

  #take({ event, data }: LiveEvent): void {
    const before = this.#state;
    if (event === "resync") {
      this.#state = data.state;
      this.alerts.add(data.state.transitions, before !== null);
      if (data.reason === "replaced") this.#note = data.what ?? "";
      const { axis, isComplete } = this.#options.report();
      const isNews = before !== null || data.state.step !== (axis.steps.at(-1) ?? null) || !isComplete;
      if (isNews) this.#lookIn(0);
    } else if (event === "transition") this.alerts.add([data], true);
    else if (event === "status") {
      this.#state = { ...(before ?? nowhere), ...data };
      this.#lookIn(0);
      if (["finished", "interrupted"].includes(data.status)) this.#stop();
    } else {
      if (event === "step") this.#state = { ...(before ?? nowhere), step: data.step, planned: data.planned };
      this.#state = { ...(this.#state ?? nowhere), written: new Date().toISOString() };
      this.#lookIn(0);
    }
    this.showState();
  }

  #stop(): void {
    this.#follower?.end();
    this.#follower = null;
    this.#isPaused = false;
    this.#showTools(false);
  }

  #showTools(isLive: boolean): void {
    this.pause.hidden = !isLive;
    this.#options.follow.hidden = !isLive;
  }

  #togglePause(): void {
    this.#isPaused = !this.#isPaused;
    this.pause.textContent = this.#isPaused ? "go on" : "pause";
    if (!this.#isPaused && this.#isStale) this.#lookIn(0);
    this.showState();
  }

  /** Looks soon; several wishes become one look, and what comes during a look makes another one after it. */
  #lookIn(milliseconds: number): void {
    this.#isStale = true;
    if (this.#isPaused || this.#isLooking || (this.#timer !== undefined && milliseconds > 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#isPaused || document.hidden) {
      if (document.hidden) this.#timer = setTimeout(() => void this.#look(), askAgainAfter);
      return;
    }
    this.#isLooking = true;
    this.#isStale = false;
    const began = performance.now();
    try {
      const known = this.#options.report();
      this.failure = "";
      await this.#options.look();
      this.#compare(known);
    } catch (error) {
      if (error instanceof ApiError && error.isAnswer) {
        this.failure = error.message;
        this.#options.onFailure();
      }
      // Without an answer the connection's own words tell; what was missed is asked for again.
      else this.#isStale = true;
    }
    this.#isLooking = false;
    const took = performance.now() - began;
    if (this.failure !== "") this.#lookIn(askAfterFailure);
    else if (this.#isStale) this.#lookIn(Math.max(restBetween, took));
    else if (!this.#options.report().isComplete) this.#lookIn(Math.max(askAgainAfter, 2 * took));
    this.showState();
  }

  /** Alerts to what the analysis finds and did not find before: a run made elsewhere has no other alerts. */
  #compare(known: ServedReport): void {
    if (!known.isComplete && known.transitions.length === 0) return;
    const key = (each: ServedReport["transitions"][number]): string =>
      `${each.indicator} ${each.adapter ?? ""} ${each.scale ?? ""}`;
    const before = new Set(known.transitions.map(key));
    const { transitions, indicators } = this.#options.report();
    const found = transitions.filter((each) => !before.has(key(each)));
    if (this.#isWritten())
      this.alerts.add(
        found.map((each) => ({
          ...each,
          words: indicatorWords(indicators, each.indicator),
          knownAt: null,
        })),
        true,
      );
  }
}

const nowhere = { status: "running", why: null, step: null, planned: null, written: null };

function silenceWords(written: string | null): string[] {
  const silent = written === null ? 0 : Date.now() - Date.parse(written);
  return silent < silence ? [] : [`nothing written for ${Math.floor(silent / 60_000)} min`];
}
