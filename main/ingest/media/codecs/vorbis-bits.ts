/** Bits of bytes, least significant first, as Vorbis packs them. Past the end there are zeros, and `exhausted` tells so. */
export class VorbisBits {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get exhausted(): boolean {
    return this.at > this.bytes.length * 8;
  }

  bit(): number {
    const at = this.at++;
    return ((this.bytes[at >> 3] ?? 0) >> (at & 7)) & 1;
  }

  /** An unsigned number of up to 32 bits. */
  read(count: number): number {
    let value = 0;
    for (let got = 0; got < count; ) {
      const offset = this.at & 7;
      const take = Math.min(count - got, 8 - offset);
      value += (((this.bytes[this.at >> 3] ?? 0) >> offset) & ((1 << take) - 1)) * 2 ** got;
      this.at += take;
      got += take;
    }
    return value;
  }

  /** A number in Vorbis's own floating point form. */
  readFloat(): number {
    const bits = this.read(32);
    const mantissa = bits % 2 ** 21;
    const exponent = Math.floor(bits / 2 ** 21) % 1024;
    return (bits >= 2 ** 31 ? -mantissa : mantissa) * 2 ** (exponent - 788);
  }
}

/** How many bits a number needs. */
export const bitLength = (value: number): number => 32 - Math.clz32(value);
