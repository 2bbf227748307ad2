/** Bits of bytes, most significant first. Past the end there are zeros, and `exhausted` tells so. */
export class BitReader {
  private at: number;
  private readonly limit: number;

  /** Reads `bytes`, from the bit `from` to the bit before `to`. */
  constructor(
    private readonly bytes: Uint8Array,
    from = 0,
    to = bytes.length * 8,
  ) {
    this.at = from;
    this.limit = Math.min(to, bytes.length * 8);
  }

  get position(): number {
    return this.at;
  }
  set position(bit: number) {
    this.at = bit;
  }
  get exhausted(): boolean {
    return this.at > this.limit;
  }

  bit(): number {
    const at = this.at++;
    return at < this.limit ? ((this.bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1 : 0;
  }

  /** An unsigned number of up to 32 bits. */
  read(count: number): number {
    let value = 0;
    let left = count;
    while (left > 0) {
      const offset = this.at & 7;
      const take = Math.min(left, 8 - offset);
      const byte = this.at < this.limit ? (this.bytes[this.at >> 3] ?? 0) : 0;
      value = value * 2 ** take + ((byte >> (8 - offset - take)) & ((1 << take) - 1));
      this.at += take;
      left -= take;
    }
    return value;
  }

  /** A two's complement number of up to 33 bits. */
  readSigned(count: number): number {
    if (count === 0) return 0;
    const value = count > 32 ? this.read(count - 32) * 2 ** 32 + this.read(32) : this.read(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** How many zeros come before the next one; the one is read too. */
  readUnary(): number {
    let zeros = 0;
    while (this.at < this.limit && this.bit() === 0) zeros++;
    return zeros;
  }
}
