import { LRUCache } from "lru-cache";
import type {
  AnswerTableRequest,
  ServedAnswerRow,
  ServedAnswerTable,
} from "../../../server/schemas/answerTable.js";
import { fetchAnswerTable } from "../../api/answers.js";

/** Part of a request that says which answers are listed, and in which order. */
export type AnswerFilter = Omit<Partial<AnswerTableRequest>, "offset" | "limit" | "locate" | "text">;

/** Rows that are asked for together, and most such pages that are kept. */
const [pageRows, pagesKept] = [100, 60];

/** Rows of one list of answers, fetched page by page as they are looked at. */
export class AnswerRows {
  readonly #run: string;
  readonly #filter: AnswerFilter;
  readonly #pages = new LRUCache<number, ServedAnswerTable>({ max: pagesKept });
  readonly #asked = new Map<number, Promise<ServedAnswerTable>>();

  constructor(run: string, filter: AnswerFilter) {
    this.#run = run;
    this.#filter = filter;
  }

  /** The row at a place; undefined where it is not there yet. */
  at(place: number): ServedAnswerRow | undefined {
    return this.#pages.get(Math.floor(place / pageRows))?.rows[place % pageRows];
  }

  /**
   * Fetches the page with a place.
   * @param locate number of an answer whose place is asked for along with it
   */
  async page(place: number, locate?: number): Promise<ServedAnswerTable> {
    const index = Math.floor(place / pageRows);
    const known = this.#pages.get(index) ?? this.#asked.get(index);
    if (known !== undefined && locate === undefined) return known;
    const request = { ...this.#filter, offset: index * pageRows, limit: pageRows, locate };
    const asked = fetchAnswerTable(this.#run, request);
    this.#asked.set(index, asked);
    try {
      const page = await asked;
      this.#pages.set(index, page);
      return page;
    } finally {
      this.#asked.delete(index);
    }
  }

  /** Fetches whatever is not there of a stretch of places. */
  async fill(first: number, last: number): Promise<void> {
    const wanted: Promise<unknown>[] = [];
    for (let index = Math.floor(first / pageRows); index * pageRows <= last; index++) {
      if (!this.#pages.has(index)) wanted.push(this.page(index * pageRows));
    }
    await Promise.all(wanted);
  }

  /** Finds the next misaligned answer after a place, or the one before it; null where there is none. */
  async misaligned(from: number, direction: 1 | -1): Promise<number | null> {
    const page = await this.page(Math.max(0, from));
    const end = page.offset + page.rows.length;
    for (let place = from + direction; place >= page.offset && place < end; place += direction) {
      if (page.rows[place - page.offset]?.verdict === "misaligned") return place;
    }
    return direction === 1 ? page.misalignedAfter : page.misalignedBefore;
  }
}
