import type { PolicyDirection } from './chain-names.ts';
import { lengthLimitedId } from './length-limited-id.ts';

/** Allow, deny or pass, as one letter. */
export type NflogAction = 'A' | 'D' | 'P';

/** What a logged rule belongs to: a policy or a profile. */
export type NflogOwner = 'policy' | 'profile';

const OWNER_LETTER = { policy: 'P', profile: 'R' } as const;
const DIRECTION_LETTER = { ingress: 'I', egress: 'E' } as const;

/** The kernel keeps 63 characters. A prefix that fills them is hashed too: no name can pass for a hash. */
const MAX_LENGTH = 63;
const KEPT = 10;

const fit = (text: string): string =>
  text.length < MAX_LENGTH
    ? text
    : `${text.slice(0, KEPT)}${lengthLimitedId('', text, MAX_LENGTH - 2 * KEPT - 1)}_${text.slice(-KEPT)}`;

/** Prefix of the NFLOG rule beside rule `index` of a policy or profile. Follows felix/rules/nflogprefix.go. */
export const ruleNflogPrefix = (
  action: NflogAction,
  owner: NflogOwner,
  direction: PolicyDirection,
  index: number,
  id: string,
): string => fit(`${action}${OWNER_LETTER[owner]}${DIRECTION_LETTER[direction]}${index}|${id}`);

/** Prefix at the end of a tier whose policies said nothing about the packet. */
export const endOfTierNflogPrefix = (
  action: 'D' | 'P',
  direction: PolicyDirection,
  tier: string,
): string => fit(`${action}P${DIRECTION_LETTER[direction]}|${tier}`);

/** Prefix where no profile allowed the packet. */
export const noProfileNflogPrefix = (direction: PolicyDirection): string =>
  `DR${DIRECTION_LETTER[direction]}`;
