import type { Pod } from '@podpath/cluster';
import { namespaceOf } from '@podpath/cni';
import type { Command, Match, Program, Rule, Target } from '@podpath/linux';
import { type Ipv4, type Ipv4Prefix, parsePrefix } from '@podpath/net';
import { BRIDGE } from './device-names.ts';
import { quickNeighbours, refuseRouters } from './neighbour-sysctls.ts';

const DEVICE = 'eth0';
const MULTICAST = parsePrefix('224.0.0.0/4');
const EVERYWHERE = parsePrefix('0.0.0.0/0');

export interface PodAttachment {
  readonly pod: Pod;
  readonly address: Ipv4;
  readonly subnet: Ipv4Prefix;
  /** Address of the bridge; absent when the node has none. */
  readonly gateway: Ipv4 | undefined;
  readonly hostDevice: string;
  readonly mtuBytes: number;
  readonly hairpin: boolean;
}

/** What Weave's CNI plugin does to add a pod, in its order (weave, net/veth.go and plugin/net/cni.go). */
export const podPrograms = ({ hostDevice, mtuBytes, ...attachment }: PodAttachment): Program[] => {
  const { pod, address, subnet, gateway, hairpin } = attachment;
  const node = namespaceOf.node(pod.node);
  const inside = namespaceOf.pod(pod);
  return [
    {
      namespace: node,
      commands: [
        {
          kind: 'link-add',
          type: 'veth',
          name: hostDevice,
          mtuBytes,
          peer: { name: DEVICE, namespace: inside, mtuBytes },
        },
        { kind: 'link-set', dev: hostDevice, master: BRIDGE },
        refuseRouters(hostDevice),
      ],
    },
    {
      namespace: inside,
      commands: [
        refuseRouters(DEVICE),
        ...quickNeighbours(DEVICE),
        inputCommand('append', [fromDevice, toMulticast], { kind: 'drop' }),
      ],
    },
    {
      namespace: node,
      commands: [{ kind: 'link-set', dev: hostDevice, hairpin, up: true }],
    },
    {
      namespace: inside,
      commands: [
        { kind: 'address-add', dev: DEVICE, address: { address, length: subnet.length } },
        inputCommand('insert', [fromDevice, { kind: 'source', prefix: subnet }, toMulticast], {
          kind: 'accept',
        }),
        { kind: 'link-set', dev: DEVICE, up: true },
        ...(gateway === undefined ? [] : [defaultRoute(gateway)]),
      ],
    },
  ];
};

const fromDevice: Match = { kind: 'in-interface', name: DEVICE };
const toMulticast: Match = { kind: 'destination', prefix: MULTICAST };

/** A pod takes multicast of its own subnet only. */
const inputCommand = (op: 'append' | 'insert', matches: Match[], target: Target): Command => {
  const rule: Rule = { matches, target };
  const place = { kind: 'iptables', family: 4, table: 'filter', chain: 'INPUT', rule } as const;
  return op === 'append' ? { ...place, op } : { ...place, op, index: 1 };
};

const defaultRoute = (via: Ipv4): Command => ({
  kind: 'route-add',
  route: { dst: EVERYWHERE, via, dev: DEVICE },
});
