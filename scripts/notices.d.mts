export const noticesFile: string;
export function notices(): string;
export function shippedPackages(): { name: string; version: string; licence: string; texts: string[] }[];
export function isAllowed(expression: string): boolean;
