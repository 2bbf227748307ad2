export function findBrowser(): string | undefined;
export function findSwiftShader(browser?: string): { readonly folder: string; readonly driver: string } | undefined;
