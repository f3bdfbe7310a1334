import { readEventBlocks } from "../../test/support/eventBlocks.js";

/** Reader of a run's events that checks that none is lost: their numbers go on one by one. */
export class LiveReader {
  /** Count of events that came, and of numbers that were left out. */
  received = 0;
  lost = 0;
  resyncs = 0;
  /** Milliseconds from writing a step to hearing of it. */
  readonly delays: number[] = [];
  lastStep = -1;
  #last: number | null = null;
  readonly close: () => void;

  /** @param writtenAt gives the time at which a step was written, by `performance.now()` */
  constructor(url: string, writtenAt: (step: number) => number | undefined) {
    this.close = readEventBlocks(url, (block) => this.#take(block, writtenAt)).close;
  }

  #take(block: string, writtenAt: (step: number) => number | undefined): void {
    const id = /^id: [\da-f]+\.(\d+)$/m.exec(block)?.[1];
    if (id === undefined) return;
    const number = Number(id);
    this.received++;
    if (block.includes("event: resync")) this.resyncs++;
    else if (this.#last !== null) this.lost += number - this.#last - 1;
    this.#last = number;
    const step = Number(/"step":(\d+)/.exec(block)?.[1] ?? NaN);
    if (!block.includes("event: step") || step <= this.lastStep) return;
    this.lastStep = step;
    const written = writtenAt(step);
    if (written !== undefined) this.delays.push(performance.now() - written);
  }
}
