import { invalid, type Refusal } from '../refusal.ts';
import type { Match, U32Test } from '../rule.ts';

const MOST_TESTS = 10;
const MOST_OF_EACH = 10;
const MOST_SHIFT = 31;
const MOST_ID = 0xffff_fffe;

/** What xt_owner and its tool refuse. */
export const checkOwner = ({
  uid,
  gid,
  socketExists,
}: Extract<Match, { readonly kind: 'owner' }>): Refusal | undefined => {
  if (uid === undefined && gid === undefined && socketExists === undefined) {
    return invalid(
      'owner: at least one of --uid-owner, --gid-owner or --socket-exists is required',
    );
  }
  const bad = [uid, gid].find(
    (range) => range !== undefined && (range.first > range.last || range.last > MOST_ID),
  );
  return bad === undefined ? undefined : invalid('owner: there is no such user or group');
};

/** What fits in a rule's structure (`struct xt_u32`). */
export const checkU32 = (tests: readonly U32Test[]): Refusal | undefined => {
  if (tests.length === 0 || tests.length > MOST_TESTS) {
    return invalid(`u32: 1 to ${MOST_TESTS} "&&" expressions`);
  }
  for (const { steps, ranges } of tests) {
    if (steps.length >= MOST_OF_EACH || ranges.length > MOST_OF_EACH) {
      return invalid(`u32: at most ${MOST_OF_EACH} operators and ${MOST_OF_EACH} value ranges`);
    }
    const shift = steps.find(({ operator, operand }) =>
      operator === '<<' || operator === '>>' ? operand > MOST_SHIFT : false,
    );
    if (shift !== undefined) return invalid('u32: a word cannot be shifted by more than 31 bits');
  }
  return undefined;
};
