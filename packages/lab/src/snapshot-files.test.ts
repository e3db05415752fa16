import {
  CommandError,
  createNetwork,
  loadSnapshot,
  type Network,
  type PacketTrace,
  type Snapshot,
  type SnapshotReader,
} from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import { generate } from './fuzz/generate.ts';
import type { Scenario } from './scenario/scenario.ts';
import { wishesOf } from './scenario/state-wishes.ts';
import { emulatedState } from './state/emulated-state.ts';
import type { NamespaceState } from './state/namespace-state.ts';

/*
 * Random networks are written out as snapshots and loaded again: what comes back must be in the same state, and carry
 * the same packets the same way.
 */

const SETUPS = 150;
const FLOWS = 6;

/** A scenario as far as it is built, before anything is sent. */
function build({ namespaces, listeners, steps }: Scenario): Network {
  const network = createNetwork({ maxEvents: 5000 });
  for (const name of namespaces) network.addNamespace(name);
  for (const { namespace, protocol, port } of listeners) network.listen(namespace, protocol, port);
  for (const step of steps) {
    if (step.do !== 'apply') continue;
    try {
      network.apply({ namespace: step.namespace, commands: [step.command] });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  return network;
}

/** The first namespace is a node's own, the others are on it. */
function reload(network: Network): { readonly snapshot: Snapshot; nameOf(name: string): string } {
  const [own = '', ...others] = network.namespaceNames();
  const files = new Map<string, ReadonlyMap<string, string>>([
    [`/n/${own}`, network.namespace(own).snapshotFiles()],
    ...others.map(
      (name) => [`/n/${own}/namespaces/${name}`, network.namespace(name).snapshotFiles()] as const,
    ),
  ]);
  const reader: SnapshotReader = {
    folders: (path) => (path === '/n' ? [own] : path === `/n/${own}/namespaces` ? others : []),
    read: (path) => {
      const slash = path.lastIndexOf('/');
      return files.get(path.slice(0, slash))?.get(path.slice(slash + 1));
    },
  };
  const snapshot = loadSnapshot('/n', reader);
  snapshot.end(`node:${own}`);
  return {
    snapshot,
    nameOf: (name) => (name === own ? `node/${own}` : `pod/${own}/${name}`),
  };
}

/**
 * Less what begins anew: where a neighbour is in its life, and connections. IPv6's own routes for groups are in the
 * order in which devices came up, which no dump tells and nothing depends on; those by devices without a carrier may be
 * left of addresses that are gone.
 */
const lasting = ({ conntrack: _, neighbours, routes, ...state }: NamespaceState) => ({
  ...state,
  routes: routes.filter((line) => !/^255: (multicast|anycast) /.test(line)),
  implicitRoutes: routes
    .filter((line) => /^255: (multicast|anycast) /.test(line) && !line.includes(' linkdown'))
    .sort(),
  neighbours: neighbours
    .filter((line) => !/ (failed|incomplete)$/.test(line))
    .map((line) => line.replace(/ stale$/, ' reachable')),
});

/** Outcome and steps, under the names that namespaces had at first. */
const wayOf = ({ outcome, reason, request, reply = [] }: PacketTrace) => ({
  outcome,
  reason: firstName(reason),
  hops: [...request, ...reply].map(({ namespace, steps }) => ({
    namespace: firstName(namespace),
    steps: steps.map((step) => step.kind),
  })),
});

/** Which of two chains of one priority was there first stands in no dump, when one is of iptables and one of nftables. */
const endOf = (way: ReturnType<typeof wayOf>) => ({
  outcome: way.outcome,
  hops: way.hops.map(({ namespace }) => namespace),
});

const same = <T>(value: T): T => value;

const firstName = (text: string): string => text.replace(/\b(node|pod\/[^/ ]+)\//, '');

describe('a random network that is written out as a snapshot', () => {
  it('comes back as it was, and carries packets as before', () => {
    for (let seed = 1; seed <= SETUPS; seed++) {
      const { scenario, features } = generate(seed, FLOWS);
      const network = build(scenario);
      const { snapshot, nameOf } = reload(network);
      const note = `seed ${seed}`;
      for (const wish of wishesOf(scenario)) {
        const all = {
          ...wish,
          iptables: true,
          ip6tables: true,
          ipsets: true,
          nft: true,
          fdb: true,
        };
        const there = { ...all, namespace: nameOf(wish.namespace) };
        expect(lasting(emulatedState(snapshot.network, there)), note).toEqual(
          lasting(emulatedState(network, all)),
        );
      }
      for (const step of scenario.steps) {
        if (step.do !== 'send') continue;
        const { probe } = step;
        const before = network.send(probe);
        const after = snapshot.network.send({ ...probe, namespace: nameOf(probe.namespace) });
        const told = features.has('rules by both') ? endOf : same;
        expect(told(wayOf(after)), note).toEqual(told(wayOf(before)));
      }
    }
  }, 240_000);
});
