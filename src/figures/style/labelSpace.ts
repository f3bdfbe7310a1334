/** A rectangle in a picture whose y grows downwards. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Space for texts in a picture: where one stands no other may, and one on few points of the curves is better than one on many. */
export class LabelSpace {
  readonly #bounds: Box;
  readonly #points: readonly (readonly [number, number])[];
  readonly #taken: Box[] = [];

  /**
   * @param bounds of all texts
   * @param points of curves, which texts avoid
   */
  constructor(bounds: Box, points: readonly (readonly [number, number])[] = []) {
    this.#bounds = bounds;
    this.#points = points;
  }

  /** Keeps a rectangle for a text that stands there already. */
  take(box: Box): void {
    this.#taken.push(box);
  }

  /** Takes the place among some that is free and lies on the fewest points, the first of several; undefined where none is free. */
  choose<P extends Box>(places: readonly P[]): P | undefined {
    const free = places.filter((box) => this.#isFree(box));
    const crowds = free.map((box) => this.#points.filter(([x, y]) => holds(box, x, y)).length);
    const best = free[crowds.indexOf(Math.min(...crowds))];
    if (best !== undefined) this.take(best);
    return best;
  }

  #isFree(box: Box): boolean {
    const { left, right, top, bottom } = this.#bounds;
    const isInside = box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
    return isInside && this.#taken.every((other) => !overlap(box, other));
  }
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function holds({ left, right, top, bottom }: Box, x: number, y: number): boolean {
  return x > left && x < right && y > top && y < bottom;
}

/**
 * Moves places along a line apart, so that things of some width around them stand side by side, each as near to its own
 * place as that allows, in the order of the places.
 * @param most largest place; the smallest is 0
 */
export function sideBySide(places: readonly number[], width: number, most: number): number[] {
  // Things that touch form a block, whose middle is that of its places.
  const order = places
    .map((place, index) => ({ place, index }))
    .sort((one, other) => one.place - other.place);
  const blocks: { indices: number[]; sum: number; start: number }[] = [];
  for (const { place, index } of order) {
    blocks.push({ indices: [index], sum: place, start: place });
    for (let last = blocks.at(-1), before = blocks.at(-2); last && before;) {
      const end = before.start + before.indices.length * width;
      if (end <= last.start) break;
      blocks.pop();
      // Each later one is meant to stand one width further right.
      before.sum += last.sum - before.indices.length * last.indices.length * width;
      before.indices.push(...last.indices);
      before.start = before.sum / before.indices.length;
      [last, before] = [before, blocks.at(-2)];
    }
  }
  const sorted = blocks.flatMap(({ indices, start }) => indices.map((_, nth) => start + nth * width));
  for (let index = sorted.length - 1, limit = most; index >= 0; index--, limit -= width)
    sorted[index] = Math.min(sorted[index] ?? limit, limit);
  for (const [index, place] of sorted.entries()) sorted[index] = Math.max(place, index * width);
  const moved = [...places];
  for (const [nth, { index }] of order.entries()) moved[index] = sorted[nth] ?? NaN;
  return moved;
}
