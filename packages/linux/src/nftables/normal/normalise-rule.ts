import type { NftFamily } from '../model/ruleset.ts';
import type { NftRule } from '../model/statement.ts';
import type { DeviceNumbers } from '../sets/encode-key.ts';
import { fitReject } from './fit-reject.ts';
import { guardType } from './guard-type.ts';
import { isImplied } from './is-implied.ts';
import { joinRanges } from './join-ranges.ts';
import { mergeNeighbours } from './merge-neighbours.ts';
import { namePorts } from './name-ports.ts';
import { normaliseStatement } from './normalise-statement.ts';

/**
 * A rule in the one form in which nft lists it, whatever way it was written: the kernel keeps comparisons and not
 * their spelling, and nft leaves out what goes without saying.
 */
export const normaliseRule = (
  rule: NftRule,
  family: NftFamily,
  devices: DeviceNumbers,
): NftRule => {
  const plain = rule.statements.map((statement) => normaliseStatement(statement, devices));
  const fitted = mergeNeighbours(
    guardType(fitReject(namePorts(joinRanges(plain), family), family), family),
  );
  const needed = fitted.filter(
    (statement, index) =>
      statement.kind !== 'match' || !isImplied(statement, fitted.slice(index + 1), family),
  );
  return { ...rule, statements: needed };
};
