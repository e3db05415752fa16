import type { BuiltinChain, NamespaceView, PacketContext } from '@podpath/linux';
import {
  familyOf,
  formatIp,
  type Ip,
  type IpPacket,
  type IpPayload,
  parseIp,
  TcpFlag,
} from '@podpath/net';
import type { ServiceFlow } from './vectors.ts';

/** What became of a flow's first packet, as the vectors write it. */
export interface Walked {
  /** Addresses it may be translated to, sorted; or ACCEPT, DROP, REJECT, or nothing when no rule was hit. */
  readonly output: string;
  readonly masq: boolean;
}

/** Enough draws that every one of a few endpoints comes up. */
const DRAWS = 64;

/**
 * Sends a flow's first packet through a node's netfilter over and over, each time as a new connection, and
 * gathers where it goes: through OUTPUT when the node itself sends it, else through PREROUTING, then INPUT or FORWARD.
 */
export function walkFlow(node: NamespaceView, flow: ServiceFlow): Walked {
  const outputs = new Set<string>();
  let masq = false;
  for (let draw = 0; draw < DRAWS; draw++) {
    const once = walkOnce(node, flow, 40_000 + draw);
    outputs.add(once.output);
    masq ||= once.masq;
  }
  return { output: [...outputs].sort().join(', '), masq };
}

function walkOnce(node: NamespaceView, flow: ServiceFlow, sourcePort: number): Walked {
  const source = parseIp(flow.sourceIP);
  const destination = parseIp(flow.destIP);
  let accepted = false;
  let masq = false;
  const isOwn = isLocal(node, source);
  const context: PacketContext = {
    packet: packetOf(flow, source, destination, sourcePort),
    mark: 0,
    conntrack: undefined,
    inDevice: isOwn ? undefined : 'eth0',
    outDevice: undefined,
    physicalIn: undefined,
    physicalOut: undefined,
    bridged: false,
    record: (step) => {
      if (step.kind !== 'rule') return;
      if (step.rule.target?.kind === 'accept') accepted = true;
      if (step.chain === 'KUBE-MARK-MASQ') masq = true;
    },
  };
  const later = (): BuiltinChain => (isLocal(node, context.packet.dst) ? 'INPUT' : 'FORWARD');
  let verdict = node.netfilter.run(isOwn ? 'OUTPUT' : 'PREROUTING', context);
  if (verdict.kind === 'accept' && !isOwn) verdict = node.netfilter.run(later(), context);
  if (verdict.kind === 'accept' && isOwn && later() === 'INPUT') {
    verdict = node.netfilter.run('INPUT', context);
  }
  if (verdict.kind !== 'accept') return { output: verdict.kind.toUpperCase(), masq };
  if (context.packet.dst !== destination) return { output: endOf(context.packet), masq };
  return { output: accepted ? 'ACCEPT' : '', masq };
}

const isLocal = (node: NamespaceView, address: Ip): boolean => node.route(address).kind === 'local';

function packetOf(flow: ServiceFlow, src: Ip, dst: Ip, srcPort: number): IpPacket {
  const payload = payloadOf(flow, srcPort);
  if (typeof src === 'number' && typeof dst === 'number') {
    return {
      kind: 'ipv4',
      tos: 0,
      id: 1,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      src,
      dst,
      payload,
    };
  }
  return {
    kind: 'ipv6',
    trafficClass: 0,
    flowLabel: 0,
    hopLimit: 64,
    src: BigInt(src),
    dst: BigInt(dst),
    payload,
  };
}

function payloadOf({ protocol, destPort: dstPort }: ServiceFlow, srcPort: number): IpPayload {
  switch (protocol) {
    case 'UDP':
      return { kind: 'udp', srcPort, dstPort, payload: new Uint8Array() };
    case 'SCTP':
      return {
        kind: 'sctp',
        srcPort,
        dstPort,
        verificationTag: 0,
        chunks: [{ type: 1, flags: 0, value: new Uint8Array(16) }],
      };
    case 'TCP':
      return {
        kind: 'tcp',
        srcPort,
        dstPort,
        sequence: 1,
        acknowledgement: 0,
        flags: TcpFlag.SYN,
        window: 64_240,
        data: new Uint8Array(),
      };
  }
}

function endOf({ dst, payload }: IpPacket): string {
  const port = 'dstPort' in payload ? payload.dstPort : 0;
  return familyOf(dst) === 4 ? `${formatIp(dst)}:${port}` : `[${formatIp(dst)}]:${port}`;
}
