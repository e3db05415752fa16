import { formatIp, formatMac, type IpFamily, type IpPacket } from '@podpath/net';
import { formatRule } from '../netfilter/text.ts';
import { formatNftRule } from '../nftables/text/rule-text.ts';
import type { Step } from '../trace.ts';
import { describePacket } from './packet-text.ts';
import { tableName } from './route-text.ts';

/** A step in words: the column that says what it is, and what there is to say about it. */
export interface StepText {
  readonly label: string;
  readonly text: string;
  /** The packet as it is at this point, where the step shows it. */
  readonly packet?: string;
}

/** `family` is that of the packet at this point: rules are written differently for each. */
export function describeStep(step: Step, family: IpFamily): StepText {
  const { kind } = step;
  switch (kind) {
    case 'send':
      return { label: kind, text: step.socket, ...shown(step.packet) };
    case 'receive':
    case 'transmit': {
      const { device, frame } = step;
      if (frame === undefined) return { label: kind, text: device };
      const { payload } = frame;
      const packet = payload.kind === 'ipv4' || payload.kind === 'ipv6' ? payload : undefined;
      const macs = `${formatMac(frame.src)} → ${formatMac(frame.dst)}`;
      return { label: kind, text: `${device}  ${macs}`, ...shown(packet) };
    }
    case 'route':
      return { label: kind, text: describeRouteStep(step) };
    case 'rule': {
      const rule = formatRule(step.rule, family);
      return { label: kind, text: `${step.table} ${step.chain} ${step.index}: ${rule}`.trimEnd() };
    }
    case 'policy':
      return { label: kind, text: `${step.table} ${step.chain}: ${step.verdict}` };
    case 'nft-rule': {
      const { family: of, table, chain, index, rule } = step;
      return { label: 'rule', text: `${of} ${table} ${chain} ${index}: ${formatNftRule(rule)}` };
    }
    case 'nft-policy':
      return {
        label: 'policy',
        text: `${step.family} ${step.table} ${step.chain}: ${step.verdict}`,
      };
    case 'nat':
      return { label: kind, text: `${step.manipulation} ${step.from} → ${step.to}` };
    case 'conntrack':
      return { label: kind, text: step.state };
    case 'neighbour': {
      const { address, mac, device, how } = step;
      return {
        label: kind,
        text: `${formatIp(address)} is ${formatMac(mac)} on ${device} (${how})`,
      };
    }
    case 'bridge': {
      const to = step.ports.length === 0 ? '' : ` to ${step.ports.join(', ')}`;
      return { label: kind, text: `${step.bridge}: ${step.decision}${to}` };
    }
    case 'encapsulate': {
      const { device, protocol, overheadBytes } = step;
      const text = `${device} ${protocol} +${overheadBytes} bytes`;
      return { label: kind, text, ...shown(step.packet) };
    }
    case 'decapsulate':
      return { label: kind, text: `${step.device} ${step.protocol}`, ...shown(step.packet) };
    case 'deliver':
      return { label: kind, text: step.socket };
    case 'end':
      return { label: step.outcome, text: step.reason };
  }
}

/** The family of the packet that a step shows, if it shows one. */
export function familyShown(step: Step): IpFamily | undefined {
  if (step.packet !== undefined) return step.packet.kind === 'ipv4' ? 4 : 6;
  const kind = 'frame' in step ? step.frame?.payload.kind : undefined;
  return kind === 'ipv4' ? 4 : kind === 'ipv6' ? 6 : undefined;
}

function describeRouteStep(step: Extract<Step, { kind: 'route' }>): string {
  const source = step.source === undefined ? '' : `, from ${formatIp(step.source)}`;
  return `${step.route} (table ${tableName(step.table)}${source})`;
}

const shown = (packet: IpPacket | undefined): { readonly packet?: string } =>
  packet === undefined ? {} : { packet: describePacket(packet) };
