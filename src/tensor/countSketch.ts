/**
 * Random projections to a few numbers that can be written down in two lines of NumPy: count sketches of vectors
 * (Charikar, Chen & Farach-Colton 2002) and of products of two matrices that are never formed (TensorSketch: Pham & Pagh
 * 2013, Avron, Nguyen & Woodruff 2014).
 *
 * A count sketch adds each number of a vector, with a random sign, to one of m buckets. It is linear. The inner product of
 * two sketches with the same hashes estimates that of the vectors without bias, with a standard error of about
 * 1/√m of the product of their norms.
 */
import { crc32 } from "node:zlib";
import { fourierTransform, type FourierTransform } from "./fourier.js";

/** Makes the key of a hash from words, the same as Python's `zlib.crc32(" ".join(words).encode())`. */
export function hashKey(...words: readonly (string | number)[]): number {
  return crc32(words.join(" "));
}

/**
 * Hashes a position to 32 bits: the finaliser of MurmurHash3 of `position · 0x9e3779b1 + key`. The lowest bits name the
 * bucket, and the sign is minus where the highest is set.
 */
function hashOf(position: number, key: number): number {
  let hash = (Math.imul(position, 0x9e3779b1) + key) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Projects a vector to `numbers` numbers, a power of two.
 * @param key of the hash that chooses buckets and signs, from `hashKey`
 */
export function countSketch(values: Float32Array, key: number, numbers: number): Float32Array {
  checkNumbers(numbers);
  const sums = new Float64Array(2 * numbers);
  for (let position = 0; position < values.length; position++) {
    const hash = hashOf(position, key);
    // Numbers with a minus sign are added up apart: that needs neither a branch nor a product.
    const place = (hash & (numbers - 1)) + (hash >>> 31) * numbers;
    sums[place] = (sums[place] ?? 0) + (values[position] ?? 0);
  }
  return Float32Array.from(
    { length: numbers },
    (_, bucket) => (sums[bucket] ?? 0) - (sums[numbers + bucket] ?? 0),
  );
}

/** Shape and hashes of the products that a `ProductSketch` projects. */
export interface ProductSketchOptions {
  /** Number of the numbers that are kept of a product: m, a power of two. */
  readonly numbers: number;
  /** Number of columns of B, and of rows of A. */
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Keys of the hashes of columns and of rows of the product, from `hashKey`. */
  readonly inputsKey: number;
  readonly outputsKey: number;
}

/**
 * Projector of products B · A to a few numbers, without forming them.
 *
 * The sketch of a product is the count sketch of its entries, where entry (o, i) falls into the bucket
 * (bucket(o) + bucket(i)) mod m with the sign sign(o) · sign(i). That of b · aᵀ is the circular convolution of the sketches
 * of b and a, made by Fourier transforms. Each pair goes through one of them as a complex number z = a + i b, because the
 * imaginary part of z ∗ z is 2 a ∗ b.
 */
export class ProductSketch {
  readonly #options: ProductSketchOptions;
  readonly #inputs: SignedBuckets;
  readonly #outputs: SignedBuckets;
  readonly #fourier: FourierTransform;

  constructor(options: ProductSketchOptions) {
    const { numbers, inFeatures, outFeatures, inputsKey, outputsKey } = options;
    checkNumbers(numbers);
    this.#options = options;
    this.#inputs = signedBuckets(inFeatures, inputsKey, numbers);
    this.#outputs = signedBuckets(outFeatures, outputsKey, numbers);
    this.#fourier = fourierTransform(numbers);
  }

  /**
   * Projects `scaling` · B · A.
   * @param a [rank, inFeatures], row-major
   * @param b [outFeatures, rank], row-major
   * @returns [numbers]; exactly zero where A or B is
   */
  project(a: Float32Array, b: Float32Array, scaling = 1): Float32Array {
    const { numbers, rank } = this.#options;
    // Of about the same size, neither loses digits to the other in z; a power of two keeps all of them.
    const balance = 2 ** Math.round(Math.log2(largest(a) / largest(b)));
    if (!(balance > 0 && balance < Infinity)) return new Float32Array(numbers);
    const rows = this.#sketchRows(a);
    const columns = this.#sketchColumns(b, balance);
    const real = new Float64Array(numbers);
    const imaginary = new Float64Array(numbers);
    for (let row = 0; row < rank; row++) {
      const x = rows.subarray(row * numbers, (row + 1) * numbers);
      const y = columns.subarray(row * numbers, (row + 1) * numbers);
      this.#fourier.forward(x, y);
      for (let index = 0; index < numbers; index++) {
        const re = x[index] ?? 0;
        const im = y[index] ?? 0;
        real[index] = (real[index] ?? 0) + re * re - im * im;
        imaginary[index] = (imaginary[index] ?? 0) + 2 * re * im;
      }
    }
    this.#fourier.inverse(real, imaginary);
    return Float32Array.from(imaginary, (value) => (scaling * value) / (2 * balance));
  }

  /** Sketches the rows of A: [rank, numbers]. */
  #sketchRows(a: Float32Array): Float64Array {
    const { numbers, rank, inFeatures } = this.#options;
    const { buckets, signs } = this.#inputs;
    const sketches = new Float64Array(rank * numbers);
    for (let row = 0; row < rank; row++) {
      for (let input = 0; input < inFeatures; input++) {
        const place = row * numbers + (buckets[input] ?? 0);
        sketches[place] = (sketches[place] ?? 0) + (signs[input] ?? 0) * (a[row * inFeatures + input] ?? 0);
      }
    }
    return sketches;
  }

  /** Sketches the columns of B, times a factor: [rank, numbers]. */
  #sketchColumns(b: Float32Array, factor: number): Float64Array {
    const { numbers, rank, outFeatures } = this.#options;
    const { buckets, signs } = this.#outputs;
    const sketches = new Float64Array(rank * numbers);
    for (let output = 0; output < outFeatures; output++) {
      const bucket = buckets[output] ?? 0;
      const sign = (signs[output] ?? 0) * factor;
      for (let column = 0; column < rank; column++) {
        const place = column * numbers + bucket;
        sketches[place] = (sketches[place] ?? 0) + sign * (b[output * rank + column] ?? 0);
      }
    }
    return sketches;
  }
}

/** Bucket and sign of each position. */
interface SignedBuckets {
  readonly buckets: Uint32Array;
  readonly signs: Int8Array;
}

function signedBuckets(length: number, key: number, numbers: number): SignedBuckets {
  const hashes = Uint32Array.from({ length }, (_, position) => hashOf(position, key));
  return {
    buckets: hashes.map((hash) => hash & (numbers - 1)),
    signs: Int8Array.from(hashes, (hash) => (hash >>> 31 === 1 ? -1 : 1)),
  };
}

function largest(values: Float32Array): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) {
    const size = Math.abs(values[index] ?? 0);
    if (size > most) most = size;
  }
  return most;
}

function checkNumbers(numbers: number): void {
  if (numbers >= 1 && numbers <= 2 ** 20 && Number.isInteger(Math.log2(numbers))) return;
  throw new RangeError(`countSketch: expected a power of two of numbers, found ${numbers}`);
}
