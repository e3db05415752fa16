import { calico } from '@podpath/calico';
import type { Flow, FlowEnd } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import { weave } from '@podpath/weave';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLab } from './host.ts';
import { Reproducer, type SocketOutcome } from './reproduce.ts';
import { labCluster, pod, service } from './test-cluster.ts';

const reason = whyNoLab();
if (reason !== undefined) console.log(`flows are not reproduced in real namespaces: ${reason}`);

type Case = readonly [
  to: string,
  end: FlowEnd,
  port: number,
  from: string,
  protocol: 'TCP' | 'UDP',
  expected: SocketOutcome,
];

const toServer = (place: 'near' | 'far', policed: boolean): readonly Case[] => [
  [place, pod(place), 80, 'known', 'TCP', 'answered'],
  [place, pod(place), 80, 'stranger', 'TCP', policed ? 'silence' : 'answered'],
  [place, pod(place), 81, 'known', 'TCP', policed ? 'silence' : 'refused'],
  [place, pod(place), 53, 'known', 'UDP', policed ? 'silence' : 'answered'],
  [`Service ${place}`, service(place), 8080, 'known', 'TCP', 'answered'],
  [`Service ${place}`, service(place), 8080, 'stranger', 'TCP', policed ? 'silence' : 'answered'],
];

const reproduces = (plugin: NetworkPlugin, cases: readonly Case[]): void => {
  describe.skipIf(reason !== undefined)(
    `${plugin.title} in real namespaces${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    () => {
      let lab: Reproducer;
      beforeAll(async () => {
        const path = plugin.install(labCluster(), plugin.configure({}));
        lab = await Reproducer.build(`podpath-${plugin.name}-${process.pid}`, path);
      }, 60_000);
      afterAll(() => lab?.close());

      it.each(cases)(
        'to %s on the same devices in the same order, with the same end',
        async (_, to, port, from, protocol, expected) => {
          const flow: Flow = { from: pod(from), to, protocol, port };
          const { emulated, real } = await lab.run(flow);
          expect(real.path).toEqual(emulated.path);
          expect(real.path.length).toBeGreaterThanOrEqual(2);
          expect([emulated.outcome, real.outcome]).toEqual([expected, expected]);
        },
        20_000,
      );
    },
  );
};

reproduces(calico, [...toServer('near', true), ...toServer('far', true)]);
reproduces(flannel, [...toServer('near', false), ...toServer('far', false)]);
// Between nodes Weave's overlay is an Open vSwitch datapath with a user-space router: the lab has neither.
reproduces(weave, toServer('near', true));
