import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pod } from '@podpath/cluster';
import type { NetworkPlugin, OpenFlow } from '@podpath/cni';
import type { IpFamily } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { install, PLUGINS } from './plugins.ts';
import { buildCluster } from './workloads/workload.ts';

/** Each with its answer: 100,000 packets over the first plugin, so many that a few bytes of each would show. */
const MANY_ROUND_TRIPS = 50_000;
const ROUND_TRIPS = 10_000;
const WARM_UP = 2_000;
/** What compiled code and the like may come to; one retained object a packet would be more than twice that. */
const TOLERATED_BYTES = 500_000;
const TIMEOUT_MS = 120_000;

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function retainedBytes(): number {
  if (typeof collect !== 'function') throw new Error('the collector cannot be called');
  collect();
  collect();
  return getHeapStatistics().used_heap_size;
}

function establishedFlow(plugin: NetworkPlugin, family: IpFamily): OpenFlow {
  const families = family === 4 ? ([4] as const) : ([4, 6] as const);
  const workload = { name: 'small', nodes: 2, pods: 4, policies: 0, seed: 1, families };
  const path = install(plugin, buildCluster(workload));
  const [from, to] = ['node-0', 'node-1'].map((node) => {
    const pod = [...path.cluster.pods.values()].find((each) => each.node === node);
    if (pod === undefined) throw new RangeError(`${node} has no pod`);
    return end(pod);
  });
  if (from === undefined || to === undefined) throw new RangeError('no pods');
  return path.open({ from, to, protocol: 'TCP', port: 80, family });
}

const end = ({ namespace, name }: Pod) => ({ kind: 'pod', namespace, name }) as const;

const cases = PLUGINS.flatMap((plugin) =>
  plugin.features.families.map((family) => ({
    plugin,
    family,
    name: plugin.name,
    roundTrips: plugin === PLUGINS[0] && family === 4 ? MANY_ROUND_TRIPS : ROUND_TRIPS,
  })),
);

describe.each(cases)(
  'an established flow over $name, IPv$family',
  ({ plugin, family, roundTrips }) => {
    it(
      'keeps nothing of the packets that it has carried',
      () => {
        const flow = establishedFlow(plugin, family);
        const send = (times: number): void => {
          for (let sent = 0; sent < times; sent++) {
            const { outcome } = flow.send({ trace: false });
            if (outcome !== 'delivered') throw new Error(`packet ${sent}: ${outcome}`);
          }
        };
        send(WARM_UP);
        const before = retainedBytes();
        send(roundTrips);
        expect(retainedBytes() - before).toBeLessThan(TOLERATED_BYTES);
      },
      TIMEOUT_MS,
    );
  },
);
