/**
 * Pool of large arrays, which go from one user to the next.
 *
 * A batch of answers needs some tens of megabytes for its caches, and the next batch the same again. Made anew each
 * time, they would set the garbage collector off at every batch, which then goes over everything else in memory too.
 */
export class ArrayPool {
  readonly #mostBytes: number;
  /** Arrays that are free, from small to large. */
  readonly #free: Float32Array[] = [];
  #bytes = 0;

  /** @param mostBytes bytes that are kept for later at most */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Takes an array of at least `length` numbers, the largest that is free; whatever was in it last is still there. */
  take(length: number): Float32Array {
    const largest = this.#free.at(-1);
    if (largest === undefined || largest.length < length) return new Float32Array(length);
    this.#free.pop();
    this.#bytes -= largest.byteLength;
    return largest;
  }

  /** Hands an array over for later use; where too much is kept already, the smallest go. */
  give(array: Float32Array): void {
    const place = this.#free.findIndex(({ length }) => length > array.length);
    this.#free.splice(place === -1 ? this.#free.length : place, 0, array);
    this.#bytes += array.byteLength;
    while (this.#bytes > this.#mostBytes) this.#bytes -= this.#free.shift()?.byteLength ?? this.#bytes;
  }
}
