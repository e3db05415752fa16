import { formatIp, formatMac, type IpFamily } from '@podpath/net';
import { formatRule } from '../netfilter/text.ts';
import { formatNftRule } from '../nftables/text/rule-text.ts';
import type { Hop, PacketTrace, Step } from '../trace.ts';
import { frameToJson, type JsonObject, packetToJson } from './packet-json.ts';
import { familyShown } from './step-text.ts';

/**
 * A trace as JSON values: addresses, MACs and rules as text, bytes in hexadecimal, fields in a fixed order.
 * Captures are left out; they have a format of their own.
 */
export function traceToJson(trace: PacketTrace): JsonObject {
  const { outcome, reason, request, reply, replyOutcome } = trace;
  return {
    outcome,
    reason,
    request: hopsToJson(request),
    ...(reply === undefined ? {} : { reply: hopsToJson(reply) }),
    ...(replyOutcome === undefined ? {} : { replyOutcome }),
  };
}

function hopsToJson(hops: readonly Hop[]): readonly JsonObject[] {
  let family: IpFamily = 4;
  return hops.map(({ namespace, steps }) => ({
    namespace,
    steps: steps.map((step) => {
      family = familyShown(step) ?? family;
      return stepToJson(step, family);
    }),
  }));
}

function stepToJson(step: Step, family: IpFamily): JsonObject {
  const packet = step.packet === undefined ? {} : { packet: packetToJson(step.packet) };
  return { ...detailToJson(step, family), ...packet };
}

function detailToJson(step: Step, family: IpFamily): JsonObject {
  const { kind } = step;
  switch (kind) {
    case 'receive':
    case 'transmit': {
      const { device, frame } = step;
      return { kind, device, ...(frame === undefined ? {} : { frame: frameToJson(frame) }) };
    }
    case 'route': {
      const { table, route, device, via, source } = step;
      return {
        kind,
        table,
        route,
        ...(device === undefined ? {} : { device }),
        ...(via === undefined ? {} : { via: formatIp(via) }),
        ...(source === undefined ? {} : { source: formatIp(source) }),
      };
    }
    case 'rule': {
      const { table, chain, index, rule } = step;
      return { kind, table, chain, index, rule: formatRule(rule, family) };
    }
    case 'neighbour': {
      const { device, address, mac, how } = step;
      return { kind, device, address: formatIp(address), mac: formatMac(mac), how };
    }
    case 'send':
    case 'deliver':
      return { kind, socket: step.socket };
    case 'policy':
      return { kind, table: step.table, chain: step.chain, verdict: step.verdict };
    case 'nft-rule': {
      const { family: of, table, chain, index, rule } = step;
      return { kind, family: of, table, chain, index, rule: formatNftRule(rule) };
    }
    case 'nft-policy': {
      const { family: of, table, chain, verdict } = step;
      return { kind, family: of, table, chain, verdict };
    }
    case 'nat':
      return { kind, manipulation: step.manipulation, from: step.from, to: step.to };
    case 'conntrack':
      return { kind, state: step.state };
    case 'bridge':
      return { kind, bridge: step.bridge, decision: step.decision, ports: step.ports };
    case 'encapsulate': {
      const { device, protocol, overheadBytes } = step;
      return { kind, device, protocol, overheadBytes };
    }
    case 'decapsulate':
      return { kind, device: step.device, protocol: step.protocol };
    case 'end':
      return { kind, outcome: step.outcome, reason: step.reason };
  }
}
