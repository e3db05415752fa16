/** How far an address or a route reaches, as the kernel numbers it: the larger, the nearer. */
export const Scope = { GLOBAL: 0, LINK: 253, HOST: 254, NOWHERE: 255 } as const;

const NUMBERS = { global: Scope.GLOBAL, link: Scope.LINK, host: Scope.HOST } as const;
export type ScopeName = keyof typeof NUMBERS;

export const scopeNumber = (name: ScopeName): number => NUMBERS[name];

export const scopeName = (scope: number): ScopeName =>
  scope === Scope.GLOBAL ? 'global' : scope === Scope.LINK ? 'link' : 'host';
