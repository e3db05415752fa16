import type { Flow } from '@podpath/cluster';
import type { CaseDefinition } from './case.ts';
import { podEnd } from './cluster.ts';
import { answered, ended, equal } from './expect.ts';

const vault = podEnd('closed', 'vault');

const flow = (from: string, protocol: Flow['protocol'], port: number): Flow => ({
  from: podEnd('app', from),
  to: vault,
  protocol,
  port,
});

export const policy: readonly CaseDefinition[] = [
  {
    ability: 'policy',
    name: 'what a rule allows is delivered, and answered',
    run: ({ dataPath }) => answered(dataPath().send(flow('client-1', 'TCP', 80))),
  },
  {
    ability: 'policy',
    name: 'an isolated pod is closed to everyone else, from the same node and from others',
    run: ({ dataPath }) => {
      const path = dataPath();
      for (const from of ['client-2', 'client-3', 'web-1', 'web-2']) {
        ended(path.send(flow(from, 'TCP', 80)), 'dropped');
      }
    },
  },
  {
    ability: 'policy',
    name: 'a rule for TCP 80 opens no other port or protocol',
    run: ({ dataPath }) => {
      const path = dataPath();
      ended(path.send(flow('client-1', 'TCP', 81)), 'dropped');
      ended(path.send(flow('client-1', 'UDP', 53)), 'dropped');
    },
  },
  {
    ability: 'policy',
    name: 'egress isolation keeps a pod from speaking first, not from answering',
    run: ({ dataPath }) => {
      const path = dataPath();
      const mute = podEnd('closed', 'mute');
      for (const to of ['web-1', 'web-2']) {
        ended(
          path.send({ from: mute, to: podEnd('app', to), protocol: 'TCP', port: 80 }),
          'dropped',
        );
      }
      answered(path.send({ from: podEnd('app', 'client-2'), to: mute, protocol: 'TCP', port: 80 }));
    },
  },
  {
    ability: 'policy',
    name: 'the walk and the reference evaluator agree on every pair of pods',
    run: ({ dataPath }) => {
      const path = dataPath();
      for (const from of path.cluster.pods.values()) {
        for (const to of path.cluster.pods.values()) {
          if (from === to) continue;
          const each: Flow = {
            from: podEnd(from.namespace, from.name),
            to: podEnd(to.namespace, to.name),
            protocol: 'TCP',
            port: 80,
          };
          const walked = path.send(each).outcome === 'delivered';
          equal(walked, path.verdict(each).allowed, `${from.name} to ${to.name} delivered`);
        }
      }
    },
  },
];
