import { flannel } from '@podpath/flannel';
import type { Hop, PacketTrace } from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import type { PlacedCommand } from '../kernel/command-batches.ts';
import { planCluster } from './cluster-plan.ts';
import { compareRefusals } from './compare-refusals.ts';
import { withDrawnMacs } from './drawn-macs.ts';
import { buildEmulated } from './emulated-cluster.ts';
import { mutedErrors } from './muted-errors.ts';
import { SharedClock } from './shared-clock.ts';
import { stillConnections } from './still-connections.ts';
import { stillNeighbours } from './still-neighbours.ts';
import { labCluster } from './test-cluster.ts';

const plan = planCluster(flannel.install(labCluster(), flannel.configure({})), {
  release: '6',
  lacks: [],
});

describe('a planned cluster', () => {
  const { network, refusals } = buildEmulated(plan, 1);

  it('has a namespace for the switch, the outside, each node and each pod', () => {
    expect(plan.namespaces).toHaveLength(2 + 3 + 9);
    expect(refusals).toEqual([]);
    expect(network.namespaceNames()).toEqual(plan.namespaces);
  });

  it('has the same MAC addresses wherever it is built', () => {
    const given = withDrawnMacs(plan.commands, network);
    expect(given).toHaveLength(plan.commands.length);
    for (const { command } of given) {
      if (command.kind !== 'link-add' || command.type === 'bridge') continue;
      expect(command.mac, command.name).toBeGreaterThan(0);
      if (command.type === 'veth') expect(command.peer.mac, command.peer.name).toBeGreaterThan(0);
    }
    const again = buildEmulated({ ...plan, commands: given }, 2);
    const macs = (of: typeof network) =>
      plan.namespaces.flatMap((name) =>
        of
          .namespace(name)
          .devices()
          .map(({ mac }) => mac),
      );
    expect(macs(again.network)).toEqual(macs(network));
  });

  it('takes the settings by which time stands still', () => {
    for (const { namespace, command } of [
      ...stillNeighbours(network, 50),
      ...stillConnections(plan.namespaces),
    ]) {
      network.apply({ namespace, commands: [command] });
    }
    const node = network.namespace('node/node-1');
    expect(node.sysctl('net.ipv4.neigh.eth0.retrans_time_ms')).toBe(50);
    expect(node.sysctl('net.netfilter.nf_conntrack_udp_timeout')).toBe(3600);
  });
});

describe('refusals', () => {
  const commands: readonly PlacedCommand[] = [
    { index: 0, namespace: 'n', command: { kind: 'link-delete', dev: 'a' } },
    { index: 1, namespace: 'n', command: { kind: 'link-delete', dev: 'b' } },
  ];
  const refusal = (index: number, errno?: string) => ({
    index,
    said: 'no',
    ...(errno === undefined ? {} : { errno }),
  });

  it('are the same when both give the same reason, or the kernel gives none', () => {
    const both = [refusal(0, 'ENODEV')];
    expect(compareRefusals(commands, both, both)).toEqual([]);
    expect(compareRefusals(commands, [refusal(0)], both)).toEqual([]);
  });

  it('differ by reason, and when only one refuses', () => {
    const differences = compareRefusals(
      commands,
      [refusal(0, 'ENODEV')],
      [refusal(0, 'EBUSY'), refusal(1, 'ENODEV')],
    );
    expect(differences.map(({ kernel, emulated }) => [kernel, emulated])).toEqual([
      ['refused: ENODEV: no', 'refused: EBUSY: no'],
      ['taken', 'refused: ENODEV: no'],
    ]);
    expect(differences[1]?.what).toContain('link delete dev b');
  });
});

describe('routing errors', () => {
  const failed = (namespace: string): PacketTrace => {
    const end: Hop = {
      namespace,
      steps: [{ kind: 'end', outcome: 'unreachable', reason: 'Network is unreachable' }],
    };
    return { outcome: 'unreachable', reason: '', request: [end], captures: [] };
  };

  it('are told of four times by each namespace', () => {
    const traces = [...Array.from({ length: 6 }, () => failed('a')), failed('b')];
    expect([...mutedErrors(traces)]).toEqual([4, 5]);
  });
});

describe('the shared clock', () => {
  it('goes as far as the kernel has come since the first flow', () => {
    const network = {
      nowMs: 100,
      advance(ms: number): void {
        network.nowMs += ms;
      },
    };
    const clock = new SharedClock(network);
    clock.advanceTo(50_000);
    expect(network.nowMs).toBe(100);
    clock.advanceTo(50_030);
    expect(network.nowMs).toBe(130);
    network.nowMs = 500;
    clock.advanceTo(50_040);
    expect(network.nowMs).toBe(500);
  });
});
