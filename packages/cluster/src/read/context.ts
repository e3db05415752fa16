import type { SourceLocation } from '../source-location.ts';
import type { FieldPath } from './field.ts';

/** What reading an object depends on besides the object. */
export interface ReadContext {
  readonly defaultNamespace: string;
  /** Refuse CIDRs with host bits or odd spellings, as newer API servers do for new objects. */
  readonly strictCidrs: boolean;
  /** Take cluster-scoped policies that the full schema refuses but that have a plain meaning. */
  readonly lenientPolicies: boolean;
  /** Report members that a NetworkPolicy does not have, as `kubectl` does unless told otherwise. */
  readonly refuseUnknownMembers: boolean;
  /** Place of a part of the object; `undefined` for objects from memory. */
  sourceOf(path: FieldPath): SourceLocation | undefined;
}
