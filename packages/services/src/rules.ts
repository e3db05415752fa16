import type { IptablesCommand, Match, Rule, TableName, Target } from '@podpath/linux';
import { familyOf, type Ip, type IpFamily, type Prefix } from '@podpath/net';
import type { ServiceProtocol } from './service-protocol.ts';

/** Short spellings of the matches that kube-proxy writes. */
export const comment = (text: string): Match => ({ kind: 'comment', text });

/** `-m tcp -p tcp`: the module is named before the protocol. */
export const protocolOf = (protocol: ServiceProtocol): readonly Match[] => [
  { kind: 'protocol-module', protocol },
  { kind: 'protocol', protocol },
];

export const destinationPort = (protocol: ServiceProtocol, port: number): Match => ({
  kind: 'port',
  protocol,
  side: 'destination',
  first: port,
  last: port,
});

/** `-m tcp -p tcp -d ADDRESS --dport PORT`. */
export const addressedTo = (
  protocol: ServiceProtocol,
  address: Ip,
  port: number,
): readonly Match[] => [
  ...protocolOf(protocol),
  { kind: 'destination', prefix: hostPrefix(address) },
  destinationPort(protocol, port),
];

export const hostPrefix = (address: Ip): Prefix => ({
  address,
  length: familyOf(address) === 4 ? 32 : 128,
});

export const jump = (chain: string): Target => ({ kind: 'jump', chain });

/** Bit 14 of the packet mark (`--iptables-masquerade-bit`). */
export const MASQUERADE_MARK = 0x4000;

export const MARK_MASQ_CHAIN = 'KUBE-MARK-MASQ';
export const MARK_FOR_MASQUERADE = jump(MARK_MASQ_CHAIN);

/** Commands of one table in the order in which kube-proxy hands them over: every chain, then every rule. */
export class TableWriter {
  readonly chains: IptablesCommand[] = [];
  readonly rules: IptablesCommand[] = [];
  readonly #family: IpFamily;
  readonly #table: TableName;

  constructor(family: IpFamily, table: TableName) {
    this.#family = family;
    this.#table = table;
  }

  chain(chain: string): void {
    this.chains.push({
      kind: 'iptables',
      family: this.#family,
      table: this.#table,
      op: 'new-chain',
      chain,
    });
  }

  rule(chain: string, matches: readonly Match[], target?: Target): void {
    const rule: Rule = target === undefined ? { matches } : { matches, target };
    this.rules.push({
      kind: 'iptables',
      family: this.#family,
      table: this.#table,
      op: 'append',
      chain,
      rule,
    });
  }
}
