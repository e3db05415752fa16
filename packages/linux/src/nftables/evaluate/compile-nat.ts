import type { Ip } from '@podpath/net';
import { trackedEntry } from '../../netfilter/conntrack/attachment.ts';
import { masquerade } from '../../netfilter/nat/masquerade.ts';
import type { Nat } from '../../netfilter/nat/nat.ts';
import type { NatRange } from '../../netfilter/nat/nat-range.ts';
import type { PacketView } from '../../netfilter/packet-view.ts';
import type { NftMasquerade, NftNat, NftPorts, NftRedirect } from '../model/statement.ts';
import type { NftScalar } from '../model/value.ts';
import { type Evaluation, type StatementFunction, Step } from './objects.ts';

/** What a map has for the packet at hand; `undefined` ends the rule. */
export type ValuesReader = (at: Evaluation) => readonly NftScalar[] | undefined;

/** `snat` and `dnat` (net/netfilter/nft_nat.c). A new connection's first packet decides for all of it. */
export const compileNat = (
  statement: NftNat,
  values: ValuesReader | undefined,
  nat: Nat,
): StatementFunction => {
  const side = statement.kind === 'snat' ? 'source' : 'destination';
  const random = isRandom(statement);
  if (values === undefined) {
    const { address, ports } = 'kind' in statement.to ? {} : statement.to;
    return (at) => {
      if (address !== undefined && isOtherFamily(address, at.view)) return Step.BREAK;
      const entry = trackedEntry(at.view.context.conntrack);
      if (entry === undefined) return Step.BREAK;
      const to = address ?? (side === 'source' ? at.view.src : at.view.dst);
      nat.bind(entry, { address: to, ports, random }, side);
      return Step.ACCEPT;
    };
  }
  return (at) => {
    const entry = trackedEntry(at.view.context.conntrack);
    const found = entry === undefined ? undefined : values(at);
    const range = found === undefined ? undefined : rangeOf(found, random);
    if (entry === undefined || range === undefined || isOtherFamily(range.address, at.view)) {
      return Step.BREAK;
    }
    nat.bind(entry, range, side);
    return Step.ACCEPT;
  };
};

const rangeOf = (values: readonly NftScalar[], random: boolean): NatRange | undefined => {
  const [address, port] = values;
  if (address === undefined || typeof address === 'string') return undefined;
  const ports = typeof port === 'number' ? { first: port, last: port } : undefined;
  return { address, ports, random };
};

/** `masquerade` (net/netfilter/nft_masq.c). */
export const compileMasquerade = (statement: NftMasquerade, nat: Nat): StatementFunction => {
  const { ports } = statement;
  const random = isRandom(statement);
  return ({ view, env }) => {
    const entry = trackedEntry(view.context.conntrack);
    if (entry === undefined) return Step.BREAK;
    return masquerade(view.context, entry, { ports, random }, { env, nat })
      ? Step.ACCEPT
      : Step.DROP;
  };
};

/** `redirect` (net/netfilter/nf_nat_redirect.c): to this host, whatever the address was. */
export const compileRedirect = (statement: NftRedirect, nat: Nat): StatementFunction => {
  const ports: NftPorts | undefined = statement.ports;
  const random = isRandom(statement);
  return ({ view, env }) => {
    const entry = trackedEntry(view.context.conntrack);
    if (entry === undefined) return Step.BREAK;
    const address =
      view.hook === 'OUTPUT' ? LOOPBACK[view.family] : env.redirectAddress(view.context);
    if (address === undefined) return Step.DROP;
    nat.bind(entry, { address, ports, random }, 'destination');
    return Step.ACCEPT;
  };
};

const LOOPBACK = { 4: 0x7f00_0001, 6: 1n } as const;

const isRandom = ({ random, fullyRandom }: NftMasquerade | NftNat | NftRedirect): boolean =>
  random === true || fullyRandom === true;

const isOtherFamily = (address: Ip, { family }: PacketView): boolean =>
  (typeof address === 'number') !== (family === 4);
