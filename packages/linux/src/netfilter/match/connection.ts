import { type Ip, lastAddress, type Prefix } from '@podpath/net';
import { Attachment, type ConntrackEntry } from '../conntrack/entry.ts';
import { Status } from '../conntrack/status.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import { protocolNumber } from '../protocol-names.ts';
import type { ConntrackStatusName, Match, PortRange } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';
import { matchConntrack } from './state.ts';

type Connection = Extract<Match, { readonly kind: 'connection' }>;
type EntryTest = (entry: ConntrackEntry, nowMs: number) => boolean;

/**
 * `-m conntrack` with more than a state (net/netfilter/xt_conntrack.c). A packet without a connection has
 * nothing but its state: if that is asked for and right, it matches whatever else is asked.
 */
export const matchConnection = (match: Connection, env: NetfilterEnvironment): MatchFunction => {
  const { states, direction } = match;
  const stateIs =
    states &&
    matchConntrack({
      kind: 'conntrack',
      module: 'conntrack',
      states: states.names,
      invert: states.invert === true,
    });
  const tests = testsOf(match);
  const wantsReply = direction === undefined ? undefined : direction === 'REPLY';
  return (view) => {
    if (stateIs !== undefined && !stateIs(view)) return false;
    const attached = view.context.conntrack;
    if (!(attached instanceof Attachment) || attached.entry === undefined) {
      return stateIs !== undefined;
    }
    if (wantsReply !== undefined && attached.isReply !== wantsReply) return false;
    const nowMs = env.nowMs();
    for (let at = 0; at < tests.length; at++) {
      if (tests[at]?.(attached.entry, nowMs) === false) return false;
    }
    return true;
  };
};

const testsOf = (match: Connection): readonly EntryTest[] => {
  const tests: EntryTest[] = [];
  const add = (test: EntryTest, invert: boolean | undefined): void => {
    tests.push(invert === true ? (entry, nowMs) => !test(entry, nowMs) : test);
  };
  const { protocol, status, expiresSeconds } = match;
  const address = (
    field: { readonly prefix: Prefix; readonly invert?: boolean } | undefined,
    read: (entry: ConntrackEntry) => Ip,
  ): void => {
    if (field === undefined) return;
    const first = field.prefix.address;
    const last = lastAddress(field.prefix);
    add((entry) => read(entry) >= first && read(entry) <= last, field.invert);
  };
  const port = (
    field: (PortRange & { readonly invert?: boolean }) | undefined,
    read: (entry: ConntrackEntry) => number,
  ): void => {
    if (field === undefined) return;
    const { first, last } = field;
    add((entry) => read(entry) >= first && read(entry) <= last, field.invert);
  };
  address(match.originalSource, ({ original }) => original.src);
  address(match.originalDestination, ({ original }) => original.dst);
  address(match.replySource, ({ reply }) => reply.src);
  address(match.replyDestination, ({ reply }) => reply.dst);
  if (protocol !== undefined) {
    const number = protocolNumber(protocol.protocol);
    add(({ original }) => original.protocol === number, protocol.invert);
  }
  port(match.originalSourcePort, ({ original }) => original.srcPort);
  port(match.originalDestinationPort, ({ original }) => original.dstPort);
  port(match.replySourcePort, ({ reply }) => reply.srcPort);
  port(match.replyDestinationPort, ({ reply }) => reply.dstPort);
  if (status !== undefined) {
    const bits = status.names.reduce((sum, name) => sum | STATUS_BIT[name], 0);
    add((entry) => entry.has(bits), status.invert);
  }
  if (expiresSeconds !== undefined) {
    const { first, last } = expiresSeconds;
    add((entry, nowMs) => {
      const seconds = secondsLeft(entry, nowMs);
      return seconds >= first && seconds <= last;
    }, expiresSeconds.invert);
  }
  return tests;
};

/** No bit at all: a status that nothing has. Nothing is expected here either. */
const STATUS_BIT: Readonly<Record<ConntrackStatusName, number>> = {
  NONE: 0,
  EXPECTED: 0,
  SEEN_REPLY: Status.SEEN_REPLY,
  ASSURED: Status.ASSURED,
  CONFIRMED: Status.CONFIRMED,
};

/** Before confirmation the clock of an entry is not running, and reads as run out. */
const secondsLeft = (entry: ConntrackEntry, nowMs: number): number =>
  entry.isConfirmed ? Math.max(0, Math.floor((entry.expiresAtMs - nowMs) / 1000)) : 0;
