export function addressOnce(printed: string, code: string): string;
export function alone<T>(task: () => T | Promise<T>, lock?: string): Promise<T>;
export function callersFolder(script: string, env?: Record<string, string | undefined>): string;
export function findElectron(): string | undefined;
export function hasDisplay(place?: {
  platform: string;
  env: Record<string, string | undefined>;
  /** Folder of the sockets of X displays. */
  x11: string;
}): boolean;
export function isRoot(): boolean;
export function newCode(): string;
export function run(file: string, args: string[], options?: { quiet?: boolean }): Promise<number>;
