/** The space for what the model has read, in gigabytes as a person gives it and in bytes as main keeps it. */

const gigabyte = 1e9;
/** What main accepts, in bytes: 0.25 GiB to 16 TiB. */
const leastBytes = 2 ** 28;
const mostBytes = 2 ** 44;

/** The same bounds in gigabytes, rounded inwards. */
export const spaceBounds = {
  least: Math.ceil((leastBytes / gigabyte) * 10) / 10,
  most: Math.floor(mostBytes / gigabyte),
} as const;

/** A size in gigabytes, with no more digits than a person would type. */
export function gigabytes(bytes: number): number {
  return Math.min(Math.max(Math.round((bytes / gigabyte) * 10) / 10, spaceBounds.least), spaceBounds.most);
}

/** The bytes that a number of gigabytes stands for; null when it is none, or out of bounds. */
export function budgetOf(typed: string): number | null {
  const value = typed.trim() === '' ? Number.NaN : Number(typed);
  return value >= spaceBounds.least && value <= spaceBounds.most ? Math.round(value * gigabyte) : null;
}
