/** Numbers as texts, as the contract takes them. */

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** Samples as 16-bit numbers (little-endian) in base64. */
export function encodeSamples(samples: Float32Array): string {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => {
    view.setInt16(2 * i, Math.round(Math.min(1, Math.max(-1, sample)) * 32_767), true);
  });
  return base64(bytes);
}
