/** Tells whether a file begins with these bytes. */
export const beginsWith =
  (...bytes: number[]) =>
  (start: Uint8Array): boolean =>
    bytes.every((byte, i) => start[i] === byte);
