import {
  type Ip,
  type IpFamily,
  type IpPacket,
  type IpPayload,
  type Ipv4,
  type Ipv6,
  parseIp,
  parsePrefix,
  type SctpChunk,
  TcpFlag,
} from '@podpath/net';
import type { IpsetCommand, IptablesCommand } from '../commands.ts';
import type { NftCommand } from '../nftables/model/command.ts';
import type { StepDetail } from '../trace.ts';
import { createNetfilter } from './create-netfilter.ts';
import type { FibQuestion, HookVerdict, Netfilter, NetfilterEnvironment } from './netfilter.ts';
import type { PacketContext } from './packet-context.ts';
import type { AddressType, BuiltinChain, IpsetEntry, Match, TableName, Target } from './rule.ts';

/** What a namespace around netfilter would answer, settable by a test. */
export class TestEnvironment implements NetfilterEnvironment {
  now = 0;
  readonly sysctls = new Map<string, number>();
  readonly types = new Map<Ip, AddressType>();
  readonly deviceOf = new Map<Ip, string>();
  masquerade: Ip | undefined = parseIp('192.0.2.1');
  mtuBytes = 1500;
  reversePath = true;
  bridges = false;
  devices: string[] = ['lo', 'e1', 'e2'];
  route: (question: FibQuestion) => string | undefined = () => undefined;
  #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  nowMs(): number {
    return this.now;
  }

  /** SplitMix32. */
  random32(): number {
    this.#seed = (this.#seed + 0x9e37_79b9) >>> 0;
    let z = this.#seed;
    z = Math.imul(z ^ (z >>> 16), 0x85eb_ca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
    return (z ^ (z >>> 16)) >>> 0;
  }

  addressType(address: Ip, device?: string): AddressType {
    const type = this.types.get(address) ?? 'UNICAST';
    const elsewhere = device !== undefined && this.deviceOf.get(address) !== device;
    return type === 'LOCAL' && elsewhere ? 'UNICAST' : type;
  }

  hasHadBridge(): boolean {
    return this.bridges;
  }

  lookAtFrames(): void {}

  reversePathOk(): boolean {
    return this.reversePath;
  }

  unreachable(): undefined {}

  masqueradeAddress(): Ip | undefined {
    return this.masquerade;
  }

  redirectAddress(): Ip | undefined {
    return this.masquerade;
  }

  deviceIndex(name: string): number {
    return this.devices.indexOf(name) + 1;
  }

  deviceName(index: number): string | undefined {
    return this.devices[index - 1];
  }

  routeDevice(_: PacketContext, __: BuiltinChain, question: FibQuestion): string | undefined {
    return this.route(question);
  }

  pathMtuBytes(): number {
    return this.mtuBytes;
  }

  sysctl(key: string): number | undefined {
    return this.sysctls.get(key);
  }
}

/** Netfilter on a bench: rules in, packets through, steps out. */
export class Bench {
  readonly env: TestEnvironment;
  readonly netfilter: Netfilter;
  steps: StepDetail[] = [];

  constructor(env = new TestEnvironment()) {
    this.env = env;
    this.netfilter = createNetfilter(env);
  }

  apply(...commands: readonly (IptablesCommand | IpsetCommand | NftCommand)[]): this {
    for (const command of commands) this.netfilter.apply(command);
    return this;
  }

  run(hook: BuiltinChain, packet: IpPacket | PacketContext): HookVerdict {
    return this.netfilter.run(hook, 'packet' in packet ? packet : contextOf(packet));
  }

  /** Through all hooks that a forwarded packet passes, to the first that does not accept. */
  forward(packet: IpPacket, fields: Partial<PacketContext> = {}): HookVerdict {
    const context = contextOf(packet, { inDevice: 'e1', ...fields });
    return this.#through(context, ['PREROUTING', 'FORWARD', 'POSTROUTING']);
  }

  /** Through the hooks of a packet that is for this namespace. */
  receive(packet: IpPacket, fields: Partial<PacketContext> = {}): HookVerdict {
    return this.#through(contextOf(packet, { inDevice: 'e1', ...fields }), ['PREROUTING', 'INPUT']);
  }

  /** Through the hooks of a packet that is sent here. */
  send(packet: IpPacket, fields: Partial<PacketContext> = {}): HookVerdict {
    return this.#through(contextOf(packet, fields), ['OUTPUT', 'POSTROUTING']);
  }

  /** Forwards with somebody watching, and says what they saw. */
  watch(packet: IpPacket): readonly StepDetail[] {
    this.steps = [];
    this.forward(packet, { record: (step) => this.steps.push(step) });
    return this.steps;
  }

  /** Packets that the rules of a chain have counted, in their order. */
  counters(table: TableName, chain: string, family: IpFamily = 4): readonly number[] {
    const save = this.netfilter.iptablesSave(family, { counters: true });
    const section = save.split('*').find((text) => text.startsWith(`${table}\n`)) ?? '';
    return section
      .split('\n')
      .filter((line) => line.includes(`] -A ${chain}`))
      .map((line) => Number(/^\[(\d+):/.exec(line)?.[1]));
  }

  #through(context: PacketContext, hooks: readonly BuiltinChain[]): HookVerdict {
    for (const hook of hooks) {
      if (hook === 'FORWARD' || hook === 'OUTPUT') context.outDevice ??= 'e2';
      const verdict = this.netfilter.run(hook, context);
      if (verdict.kind !== 'accept') return verdict;
    }
    return { kind: 'accept' };
  }
}

export const contextOf = (
  packet: IpPacket,
  fields: Partial<PacketContext> = {},
): PacketContext => ({
  packet,
  mark: 0,
  conntrack: undefined,
  inDevice: undefined,
  outDevice: undefined,
  physicalIn: undefined,
  physicalOut: undefined,
  bridged: false,
  record: undefined,
  ...fields,
});

export const append = (
  table: TableName,
  chain: string,
  matches: readonly Match[],
  target?: Target,
  family: IpFamily = 4,
): IptablesCommand => ({
  kind: 'iptables',
  family,
  table,
  op: 'append',
  chain,
  rule: target === undefined ? { matches } : { matches, target },
});

export const newChain = (
  table: TableName,
  chain: string,
  family: IpFamily = 4,
): IptablesCommand => ({
  kind: 'iptables',
  family,
  table,
  op: 'new-chain',
  chain,
});

export const source = (prefix: string, invert = false): Match => ({
  kind: 'source',
  prefix: parsePrefix(prefix),
  ...(invert ? { invert } : {}),
});

export const destination = (prefix: string): Match => ({
  kind: 'destination',
  prefix: parsePrefix(prefix),
});

export const protocol = (name: string | number): Match => ({ kind: 'protocol', protocol: name });

export const dport = (
  name: 'tcp' | 'udp' | 'sctp',
  first: number,
  last = first,
): Extract<Match, { readonly kind: 'port' }> => ({
  kind: 'port',
  protocol: name,
  side: 'destination',
  first,
  last,
});

export const states = (
  ...names: Extract<Match, { readonly kind: 'conntrack' }>['states']
): Match => ({
  kind: 'conntrack',
  module: 'conntrack',
  states: names,
});

export const ACCEPT: Target = { kind: 'accept' };
export const DROP: Target = { kind: 'drop' };

export const ipEntry = (address: string): IpsetEntry => ({ kind: 'ip', address: parseIp(address) });

const packet = (src: string, dst: string, payload: IpPayload): IpPacket => {
  const from = parseIp(src);
  const to = parseIp(dst);
  if (typeof from === 'number' && typeof to === 'number') return ipv4(from, to, payload);
  if (typeof from === 'bigint' && typeof to === 'bigint') return ipv6(from, to, payload);
  throw new Error(`${src} and ${dst} are not of one family`);
};

const ipv4 = (src: Ipv4, dst: Ipv4, payload: IpPayload): IpPacket => ({
  kind: 'ipv4',
  tos: 0,
  id: 0,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  src,
  dst,
  payload,
});

const ipv6 = (src: Ipv6, dst: Ipv6, payload: IpPayload): IpPacket => ({
  kind: 'ipv6',
  trafficClass: 0,
  flowLabel: 0,
  hopLimit: 64,
  src,
  dst,
  payload,
});

/** `a:1 > b:2` in one string, with brackets around IPv6 addresses. */
const ends = (flow: string): [src: string, srcPort: number, dst: string, dstPort: number] => {
  const match = /^\[?(.+?)\]?:(\d+) > \[?(.+?)\]?:(\d+)$/.exec(flow);
  if (match === null) throw new Error(`not a flow: ${flow}`);
  const [, src = '', srcPort, dst = '', dstPort] = match;
  return [src, Number(srcPort), dst, Number(dstPort)];
};

const NOTHING = new Uint8Array(0);

export const udp = (flow: string): IpPacket => {
  const [src, srcPort, dst, dstPort] = ends(flow);
  return packet(src, dst, { kind: 'udp', srcPort, dstPort, payload: NOTHING });
};

export interface TcpFields {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  readonly data?: Uint8Array;
  readonly options?: Uint8Array;
}

/** Flags by their first letters: `S`, `SA`, `FA`, `R`, … */
export const tcp = (flow: string, flags: string, fields: TcpFields = {}): IpPacket => {
  const [src, srcPort, dst, dstPort] = ends(flow);
  return packet(src, dst, {
    kind: 'tcp',
    srcPort,
    dstPort,
    sequence: fields.sequence ?? 1000,
    acknowledgement: fields.acknowledgement ?? 0,
    flags: [...flags].reduce((sum, letter) => sum | (FLAG_OF[letter] ?? 0), 0),
    window: fields.window ?? 64_240,
    data: fields.data ?? NOTHING,
    ...(fields.options === undefined ? {} : { options: fields.options }),
  });
};

const FLAG_OF: Readonly<Record<string, number>> = {
  F: TcpFlag.FIN,
  S: TcpFlag.SYN,
  R: TcpFlag.RST,
  P: TcpFlag.PSH,
  A: TcpFlag.ACK,
  U: TcpFlag.URG,
};

export const sctp = (flow: string, verificationTag: number, chunks: SctpChunk[]): IpPacket => {
  const [src, srcPort, dst, dstPort] = ends(flow);
  return packet(src, dst, { kind: 'sctp', srcPort, dstPort, verificationTag, chunks });
};

export const icmp = (
  src: string,
  dst: string,
  type: number,
  code = 0,
  rest = 0,
  data: Uint8Array = NOTHING,
): IpPacket =>
  packet(src, dst, { kind: src.includes(':') ? 'icmpv6' : 'icmp', type, code, rest, data });

export const raw = (src: string, dst: string, number: number): IpPacket =>
  packet(src, dst, { kind: 'raw', protocol: number, data: NOTHING });
