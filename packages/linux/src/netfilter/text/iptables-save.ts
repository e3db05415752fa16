import type { IpFamily } from '@podpath/net';
import type { Chain } from '../tables/chain.ts';
import type { Table } from '../tables/table.ts';
import { formatRule } from './rule-text.ts';

/**
 * Tables as `iptables-save` prints them, without its dated comments: built-in chains, then the others
 * by name, then the rules of each in that order.
 */
export const formatIptablesSave = (
  tables: readonly Table[],
  family: IpFamily,
  counters: boolean,
): string => {
  const lines: string[] = [];
  for (const table of tables) {
    const all = [...table.chains()];
    const chains = [
      ...all.filter(({ hook }) => hook !== undefined),
      ...all.filter(({ hook }) => hook === undefined).sort(byName),
    ];
    lines.push(`*${table.name}`, ...chains.map((chain) => formatChain(chain, counters)));
    for (const chain of chains) {
      for (const { rule, packets, bytes } of chain.rules) {
        const rest = formatRule(rule, family);
        const counted = counters ? `[${packets}:${bytes}] ` : '';
        lines.push(`${counted}-A ${chain.name}${rest === '' ? '' : ` ${rest}`}`);
      }
    }
    lines.push('COMMIT');
  }
  return lines.map((line) => `${line}\n`).join('');
};

const formatChain = ({ name, hook, policy, packets, bytes }: Chain, counters: boolean): string => {
  const counted = counters ? `[${packets}:${bytes}]` : '[0:0]';
  return `:${name} ${hook === undefined ? '-' : policy} ${counted}`;
};

/** By bytes, as strcmp does. */
const byName = (a: Chain, b: Chain): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
