/** The inverse of the modified discrete cosine transform, by a complex Fourier transform of a quarter of its length. */

/**
 * Makes the transform of `size` / 2 values into `size` samples, a power of 2:
 * y[n] = Σ x[k] cos(π/size (2n + 1 + size/2)(2k + 1)/2).
 */
export function inverseMdct(size: number): (values: Float32Array) => Float32Array<ArrayBuffer> {
  const half = size / 2;
  const quarter = size / 4;
  const twiddles = Array.from({ length: quarter }, (_, k) => {
    const angle = (-Math.PI * (k + 1 / 8)) / half;
    return { cos: Math.cos(angle), sin: Math.sin(angle) };
  });
  const transform = fourier(quarter);
  const real = new Float64Array(quarter);
  const imaginary = new Float64Array(quarter);
  const folded = new Float32Array(half);

  return (values) => {
    twiddles.forEach(({ cos, sin }, k) => {
      const a = values[2 * k] ?? 0;
      const b = values[half - 1 - 2 * k] ?? 0;
      real[k] = a * cos - b * sin;
      imaginary[k] = a * sin + b * cos;
    });
    transform(real, imaginary);
    twiddles.forEach(({ cos, sin }, n) => {
      const a = real[n] ?? 0;
      const b = imaginary[n] ?? 0;
      folded[2 * n] = a * cos - b * sin;
      folded[half - 1 - 2 * n] = -(a * sin + b * cos);
    });
    const samples = new Float32Array(size);
    for (let n = 0; n < quarter; n++) samples[n] = folded[n + quarter] ?? 0;
    for (let n = quarter; n < 3 * quarter; n++) samples[n] = -(folded[3 * quarter - 1 - n] ?? 0);
    for (let n = 3 * quarter; n < size; n++) samples[n] = -(folded[n - 3 * quarter] ?? 0);
    return samples;
  };
}

/** The Fourier transform in place, of a power of 2 (Cooley and Tukey). */
function fourier(size: number): (real: Float64Array, imaginary: Float64Array) => void {
  const bits = Math.log2(size);
  const reversed = Uint32Array.from({ length: size }, (_, i) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) value |= 1 << (bits - 1 - bit);
    return value;
  });
  const cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
  return (real, imaginary) => {
    for (let i = 0; i < size; i++) {
      const j = reversed[i] ?? 0;
      if (j <= i) continue;
      [real[i], real[j]] = [real[j] ?? 0, real[i] ?? 0];
      [imaginary[i], imaginary[j]] = [imaginary[j] ?? 0, imaginary[i] ?? 0];
    }
    for (let length = 2; length <= size; length *= 2)
      for (let start = 0; start < size; start += length)
        for (let k = 0; k < length / 2; k++) {
          const cos = cosines[(k * size) / length] ?? 0;
          const sin = sines[(k * size) / length] ?? 0;
          const even = start + k;
          const odd = even + length / 2;
          const a = (real[odd] ?? 0) * cos - (imaginary[odd] ?? 0) * sin;
          const b = (real[odd] ?? 0) * sin + (imaginary[odd] ?? 0) * cos;
          real[odd] = (real[even] ?? 0) - a;
          imaginary[odd] = (imaginary[even] ?? 0) - b;
          real[even] = (real[even] ?? 0) + a;
          imaginary[even] = (imaginary[even] ?? 0) + b;
        }
  };
}
