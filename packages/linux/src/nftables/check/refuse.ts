import type { Refusal } from '../../netfilter/refusal.ts';

/** Thrown inside a transaction; nothing of it is then done. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(code: string, why: string) {
    super(why);
    this.refusal = { code, why };
  }
}

export const refuse = (code: string, why: string): never => {
  throw new Refused(code, why);
};
