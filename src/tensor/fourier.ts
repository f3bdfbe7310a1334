/** Discrete Fourier transforms of one length, a power of two, of complex numbers in place. */
export interface FourierTransform {
  /** Replaces the numbers by X_k = Σ_j x_j e^(−2πi jk/n). */
  forward: (real: Float64Array, imaginary: Float64Array) => void;
  /** Undoes `forward`, its factor n included. */
  inverse: (real: Float64Array, imaginary: Float64Array) => void;
}

/**
 * Prepares the transforms of a length by the algorithm of Cooley and Tukey (1965): numbers are put in bit-reversed order,
 * then combined in pairs of blocks, each twice as long as those before. Roots of unity are computed once.
 *
 * @throws RangeError where the length is no power of two
 */
export function fourierTransform(length: number): FourierTransform {
  if (!Number.isInteger(Math.log2(length))) {
    throw new RangeError(`fourierTransform: expected a power of two, found ${length}`);
  }
  const bits = Math.log2(length);
  const reversed = Uint32Array.from({ length }, (_, index) => {
    let other = 0;
    for (let bit = 0; bit < bits; bit++) other = (other << 1) | ((index >> bit) & 1);
    return other;
  });
  const cosines = Float64Array.from({ length: length / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / length));
  const sines = Float64Array.from({ length: length / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / length));

  const forward = (real: Float64Array, imaginary: Float64Array): void => {
    swap(real, reversed);
    swap(imaginary, reversed);
    for (let half = 1; half < length; half *= 2) {
      const stride = length / (2 * half);
      for (let start = 0; start < length; start += 2 * half) {
        for (let offset = 0; offset < half; offset++) {
          const one = start + offset;
          const other = one + half;
          const cosine = cosines[offset * stride] ?? 1;
          const sine = sines[offset * stride] ?? 0;
          const x = real[other] ?? 0;
          const y = imaginary[other] ?? 0;
          const u = real[one] ?? 0;
          const v = imaginary[one] ?? 0;
          const turnedReal = x * cosine - y * sine;
          const turnedImaginary = x * sine + y * cosine;
          real[one] = u + turnedReal;
          imaginary[one] = v + turnedImaginary;
          real[other] = u - turnedReal;
          imaginary[other] = v - turnedImaginary;
        }
      }
    }
  };
  return {
    forward,
    inverse: (real, imaginary) => {
      // With the two parts exchanged, the same sums run the other way round the circle.
      forward(imaginary, real);
      for (let index = 0; index < length; index++) {
        real[index] = (real[index] ?? 0) / length;
        imaginary[index] = (imaginary[index] ?? 0) / length;
      }
    },
  };
}

function swap(values: Float64Array, order: Uint32Array): void {
  for (let index = 0; index < order.length; index++) {
    const other = order[index] ?? 0;
    if (other <= index) continue;
    const kept = values[index] ?? 0;
    values[index] = values[other] ?? 0;
    values[other] = kept;
  }
}
