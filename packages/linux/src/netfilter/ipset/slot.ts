import type { MemberSet } from './member-set.ts';

/** The place of a set under a name. Rules and lists refer to places; a swap exchanges what two places hold. */
export interface IpsetSlot {
  readonly name: string;
  set: MemberSet;
  /** Rules and list:set members that refer to it. */
  references: number;
}
