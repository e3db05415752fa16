import type { CalicoPort } from './objects.ts';

const MAX_PORT = 65_535;
const NUMERIC = /^([0-9]+)(?::([0-9]+))?$/;
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

/** Reads `80`, `80:90` or a name, as Calico's rules have them; `undefined` when it is none of them. */
export const parsePolicyPort = (text: string): CalicoPort | undefined => {
  const numeric = NUMERIC.exec(text);
  if (numeric === null) return NAME.test(text) ? text : undefined;
  const first = Number(numeric[1]);
  const last = Number(numeric[2] ?? numeric[1]);
  return first <= last && last <= MAX_PORT ? { first, last } : undefined;
};
