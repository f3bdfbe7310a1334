import type { Camera } from "./camera.js";
import type { SmoothingName } from "./smoothings.js";
import { nearestStep, rangeAround, roundedRange, type StepRange } from "./steps.js";

/** Part of the view that a change concerned. */
export type ViewChange =
  "step" | "follows" | "hover" | "zoom" | "hidden" | "curves" | "smoothing" | "camera" | "question" | "says";

/** Choice of the sampled answers that are shown. */
export interface SaysState {
  /** Scale factor of the adapter; null is the usual one. */
  readonly scale: number | null;
  /** Number of the answer that is followed across the steps. */
  readonly sample: number;
  readonly onlyMisaligned: boolean;
}

const saysAtFirst: SaysState = { scale: null, sample: 0, onlyMisaligned: false };

/** State of a view: what it starts from, and what an address says of it. */
export interface ViewState extends Partial<SaysState> {
  readonly step: number;
  /** True where the newest step is chosen as it comes. @default false */
  readonly follows?: boolean;
  readonly zoom: StepRange | null;
  /** Letters of transitions that are not drawn. */
  readonly hidden: readonly string[];
  /** Curves that are not drawn: `figure: name`. */
  readonly curves: readonly string[];
  readonly smoothing: SmoothingName;
  /** Point of view on the path of the direction; null in its plane. */
  readonly camera?: Camera | null;
  readonly question: string | null;
}

/** View that all parts of a run's page share: steps, zoom, hidden curves, question. */
export class StepView {
  #steps: readonly number[];
  #whole: StepRange;
  #step: number;
  #follows: boolean;
  #hover: number | null = null;
  #zoom: StepRange | null;
  #hidden: ReadonlySet<string>;
  #curves: ReadonlySet<string>;
  #smoothing: SmoothingName;
  #camera: Camera | null;
  #question: string | null;
  #says: SaysState;
  readonly #listeners: ((change: ViewChange) => void)[] = [];

  constructor(steps: readonly number[], whole: StepRange, start: ViewState) {
    this.#steps = steps;
    this.#whole = whole;
    this.#follows = start.follows ?? false;
    this.#step = nearestStep(steps, this.#follows ? Infinity : start.step);
    this.#zoom = start.zoom;
    this.#hidden = new Set(start.hidden);
    this.#curves = new Set(start.curves);
    this.#smoothing = start.smoothing;
    this.#camera = start.camera ?? null;
    this.#question = start.question;
    this.#says = saysOf(start);
  }

  /** Steps that can be chosen, sorted. */
  get steps(): readonly number[] {
    return this.#steps;
  }

  /** Range of the step axis without zoom. */
  get whole(): StepRange {
    return this.#whole;
  }

  /** The chosen step. */
  get step(): number {
    return this.#step;
  }

  /** True where the newest step is chosen as it comes. */
  get follows(): boolean {
    return this.#follows;
  }

  /** The step under the pointer; null where the pointer is elsewhere. */
  get hover(): number | null {
    return this.#hover;
  }

  /** The step whose values are read out. */
  get shown(): number {
    return this.#hover ?? this.#step;
  }

  /** The zoomed stretch; null is the whole. */
  get zoom(): StepRange | null {
    return this.#zoom;
  }

  /** The stretch that is drawn. */
  get range(): StepRange {
    return this.#zoom ?? this.#whole;
  }

  /** Letters of transitions that are not drawn. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  /** Curves that are not drawn. */
  get curves(): ReadonlySet<string> {
    return this.#curves;
  }

  get smoothing(): SmoothingName {
    return this.#smoothing;
  }

  get camera(): Camera | null {
    return this.#camera;
  }

  get question(): string | null {
    return this.#question;
  }

  get says(): SaysState {
    return this.#says;
  }

  /** Calls back after every change. */
  subscribe(listener: (change: ViewChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes the steps of a run that has grown; what is chosen and zoomed stays, unless the newest step is followed. */
  grow(steps: readonly number[], whole: StepRange): void {
    this.#steps = steps;
    this.#whole = whole;
    if (Number.isNaN(this.#step)) this.#step = steps.at(-1) ?? NaN;
    this.#tell("zoom");
    if (this.#follows) this.choose(Infinity);
  }

  /** Follows the newest step from now on, or stays at the present one. */
  setFollows(follows: boolean): void {
    if (follows === this.#follows) return;
    this.#follows = follows;
    this.#tell("follows");
    if (follows) this.choose(Infinity);
  }

  /**
   * Chooses the stored step nearest to a step; a zoom that does not show it moves there. To choose another than the newest
   * ends the following of that.
   */
  choose(step: number): void {
    const chosen = nearestStep(this.#steps, step);
    if (chosen !== this.#steps.at(-1)) this.setFollows(false);
    if (Number.isNaN(chosen) || chosen === this.#step) return;
    this.#step = chosen;
    this.#tell("step");
    if (this.#zoom !== null) this.setZoom(rangeAround(this.#zoom, chosen));
  }

  setHover(step: number | null): void {
    const hover = step === null ? null : nearestStep(this.#steps, step);
    if (hover === this.#hover) return;
    this.#hover = hover;
    this.#tell("hover");
  }

  setZoom(wanted: StepRange | null): void {
    const zoom = wanted === null ? null : roundedRange(wanted);
    if (zoom?.[0] === this.#zoom?.[0] && zoom?.[1] === this.#zoom?.[1]) return;
    this.#zoom = zoom;
    this.#tell("zoom");
  }

  setHidden(letter: string, isHidden: boolean): void {
    const hidden = new Set(this.#hidden);
    if (isHidden) hidden.add(letter);
    else hidden.delete(letter);
    this.#hidden = hidden;
    this.#tell("hidden");
  }

  setCurveHidden(curve: string, isHidden: boolean): void {
    const curves = new Set(this.#curves);
    if (isHidden) curves.add(curve);
    else curves.delete(curve);
    this.#curves = curves;
    this.#tell("curves");
  }

  setSmoothing(smoothing: SmoothingName): void {
    if (smoothing === this.#smoothing) return;
    this.#smoothing = smoothing;
    this.#tell("smoothing");
  }

  setCamera(camera: Camera | null): void {
    this.#camera = camera;
    this.#tell("camera");
  }

  /** Restores what an address says, as after Back. */
  restore(state: ViewState): void {
    this.#follows = state.follows ?? false;
    this.#step = nearestStep(this.#steps, this.#follows ? Infinity : state.step);
    this.#zoom = state.zoom;
    this.#hidden = new Set(state.hidden);
    this.#curves = new Set(state.curves);
    this.#smoothing = state.smoothing;
    this.#camera = state.camera ?? null;
    this.#question = state.question;
    this.#says = saysOf(state);
    for (const change of restored) this.#tell(change);
  }

  setQuestion(question: string): void {
    this.#question = question;
    this.#tell("question");
  }

  setSays(changes: Partial<SaysState>): void {
    this.#says = { ...this.#says, ...changes };
    this.#tell("says");
  }

  #tell(change: ViewChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** Changes that are told when an address is restored. */
const restored = [
  "step",
  "follows",
  "zoom",
  "hidden",
  "curves",
  "smoothing",
  "camera",
  "question",
  "says",
] as const satisfies readonly ViewChange[];

function saysOf({ scale, sample, onlyMisaligned }: Partial<SaysState>): SaysState {
  return {
    scale: scale ?? saysAtFirst.scale,
    sample: sample ?? saysAtFirst.sample,
    onlyMisaligned: onlyMisaligned ?? saysAtFirst.onlyMisaligned,
  };
}
