import { addToIp, formatIp, type Ip, type IpFamily, parseIp } from '@podpath/net';
import type { AddressSource, Labels } from '../objects.ts';
import type { Inventory, NodeInput } from '../read/inventory.ts';

/** A node before its pod CIDRs are settled. */
export interface NodeDraft extends NodeInput {
  readonly addressSource: AddressSource;
}

const FIRST_ADDRESSES: Readonly<Record<IpFamily, Ip>> = {
  4: parseIp('192.168.56.11'),
  6: parseIp('fd00:192:168:56::11'),
};

export interface NodeWishes {
  /** How many nodes there should be when the input has none. */
  readonly count: number;
  readonly families: readonly IpFamily[];
}

/** The nodes of the input, those that only pods name, and made-up ones if there is no other. */
export const makeNodes = (
  { nodes, pods, workloads }: Inventory,
  { count, families }: NodeWishes,
  notes: string[],
): NodeDraft[] => {
  const all = new Map<string, NodeInput>(nodes.map((node) => [node.name, node]));
  const named: string[] = [];
  for (const { spec, hostIps } of pods) {
    if (spec.nodeName === undefined || all.has(spec.nodeName)) continue;
    all.set(spec.nodeName, bareNode(spec.nodeName, hostIps));
    named.push(spec.nodeName);
  }
  for (const { template } of workloads) {
    const { nodeName } = template.spec;
    if (nodeName === undefined || all.has(nodeName)) continue;
    all.set(nodeName, bareNode(nodeName, []));
    named.push(nodeName);
  }
  if (named.length > 0) notes.push(`Nodes that only pods name: ${listOf(named)}.`);
  const isSettled =
    nodes.length > 0 ||
    (workloads.length === 0 &&
      pods.length > 0 &&
      pods.every(({ spec }) => spec.nodeName !== undefined));
  if (!isSettled) addMadeUpNodes(all, count, notes);
  return giveAddresses([...all.values()], families, notes);
};

const addMadeUpNodes = (all: Map<string, NodeInput>, count: number, notes: string[]): void => {
  const added: string[] = [];
  for (let number = 1; all.size < count; number += 1) {
    const name = `node-${number}`;
    if (all.has(name)) continue;
    all.set(name, bareNode(name, []));
    added.push(name);
  }
  if (added.length > 0) notes.push(`The input has no Node objects: made up ${listOf(added)}.`);
};

const bareNode = (name: string, addresses: readonly Ip[]): NodeInput => ({
  name,
  labels: kubeletLabels(name),
  annotations: {},
  addresses,
  podCidrs: [],
  taints: [],
  source: undefined,
});

const kubeletLabels = (name: string): Labels => ({
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': 'linux',
});

/** Makes up the node addresses that are missing, next to each other, around those in the input. */
const giveAddresses = (
  nodes: readonly NodeInput[],
  families: readonly IpFamily[],
  notes: string[],
): NodeDraft[] => {
  const taken = new Set(nodes.flatMap(({ addresses }) => addresses));
  const next = { ...FIRST_ADDRESSES };
  const draw = (family: IpFamily): Ip => {
    while (taken.has(next[family])) next[family] = addToIp(next[family], 1);
    const address = next[family];
    next[family] = addToIp(address, 1);
    return address;
  };
  const madeUp: Ip[] = [];
  const drafts = nodes.map((node): NodeDraft => {
    if (node.addresses.length > 0) return { ...node, addressSource: 'input' };
    const addresses = families.map(draw);
    madeUp.push(...addresses);
    return { ...node, addresses, addressSource: 'made-up' };
  });
  if (madeUp.length > 0) notes.push(`Made up addresses of nodes: ${spanOf(madeUp)}.`);
  return drafts;
};

const spanOf = (addresses: readonly Ip[]): string =>
  (['number', 'bigint'] as const)
    .map((type) => addresses.filter((address) => typeof address === type))
    .filter((ofFamily) => ofFamily.length > 0)
    .map((ofFamily) => [...new Set([ofFamily[0], ofFamily.at(-1)])])
    .map((ends) => ends.map((ip) => (ip === undefined ? '' : formatIp(ip))).join(' to '))
    .join(' and ');

const LONGEST_LIST = 5;

/** Names for a note: all of a few, else the first, the last and how many. */
const listOf = (names: readonly string[]): string =>
  names.length <= LONGEST_LIST
    ? names.join(', ')
    : `${names[0]} to ${names.at(-1)} (${names.length})`;
