import type { IpFamily } from '@podpath/net';
import { protocolNumber } from '../protocol-names.ts';
import { invalid, type Refusal } from '../refusal.ts';
import type { PortRange, TableName } from '../rule.ts';

/** Where a rule is about to go. */
export interface RulePlace {
  readonly family: IpFamily;
  readonly table: TableName;
  /** Name of the chain if it is a built-in one. */
  readonly builtin: string | undefined;
}

/* What several matches and targets are held to. */

export const needsProtocol = (name: string, protocol: number | undefined): Refusal | undefined =>
  protocol === protocolNumber(name) ? undefined : invalid(`${name} match requires '-p ${name}'`);

export const checkPorts = (ranges: readonly PortRange[]): Refusal | undefined =>
  ranges.every((range) => isRange(range, 65_535))
    ? undefined
    : invalid('invalid port or port range');

/** Whole numbers from 0 to `most`, the first not above the last. */
export const isRange = ({ first, last }: PortRange, most: number): boolean =>
  isWhole(first, most) && isWhole(last, most) && first <= last;

/** From `least` to `most`. */
export const isWhole = (number: number, most: number, least = 0): boolean =>
  Number.isInteger(number) && number >= least && number <= most;

export const wrongFamily = (family: IpFamily): string => `the address is not one of IPv${family}`;
