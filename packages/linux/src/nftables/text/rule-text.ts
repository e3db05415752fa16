import type { NftRule } from '../model/statement.ts';
import { NO_DEVICE_NAMES } from './scalar-text.ts';
import { formatStatement, type StatementTextOptions } from './statement-text.ts';

/** A rule as `nft list ruleset` prints it. */
export const formatNftRule = (
  rule: NftRule,
  options: StatementTextOptions = { devices: NO_DEVICE_NAMES },
): string => {
  const statements = rule.statements.map((statement) => formatStatement(statement, options));
  if (rule.comment !== undefined) statements.push(`comment "${rule.comment}"`);
  return statements.join(' ');
};
