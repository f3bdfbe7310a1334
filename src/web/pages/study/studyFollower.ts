import type { ServedStudy } from "../../../server/schemas/study.js";
import { fetchStudy } from "../../api/study.js";

/** Milliseconds between two looks: while something happens, while nothing does, and where nobody looks. */
const [soon, seldom, hidden] = [1500, 5000, 20_000];
/** Rest after an answer, in multiples of its duration: a slow server is left alone for longer. */
const restShare = 4;

/** Follower of a study: asks for it again and again, as long as the page is there. */
export class StudyFollower {
  readonly #onStudy: (study: ServedStudy) => void;
  readonly #onConnection: (isLost: boolean) => void;
  #timer: number | undefined;
  #isAsking = false;
  #isBusy = true;

  constructor(onStudy: (study: ServedStudy) => void, onConnection: (isLost: boolean) => void) {
    this.#onStudy = onStudy;
    this.#onConnection = onConnection;
  }

  /** Begins with what the page shows already. */
  start({ counts }: ServedStudy): void {
    this.#isBusy = isBusy(counts);
    document.addEventListener("visibilitychange", () => this.#askIn(0));
    this.#askIn(this.#isBusy ? soon / 3 : seldom);
  }

  #askIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), milliseconds);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const start = performance.now();
    try {
      const study = await fetchStudy();
      this.#onConnection(false);
      this.#isBusy = isBusy(study.counts);
      this.#onStudy(study);
    } catch {
      this.#onConnection(true);
    }
    this.#isAsking = false;
    const rest = Math.max(this.#isBusy ? soon : seldom, restShare * (performance.now() - start));
    this.#askIn(document.hidden ? hidden : Math.min(rest, hidden));
  }
}

function isBusy({ atWork, pending }: ServedStudy["counts"]): boolean {
  return atWork > 0 || pending > 0;
}
