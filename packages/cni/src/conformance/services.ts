import type { Flow } from '@podpath/cluster';
import type { CaseDefinition } from './case.ts';
import { podEnd } from './cluster.ts';
import { addressOf, sourceSeen } from './connectivity.ts';
import { answered, equal, truthy } from './expect.ts';

const web: Flow['to'] = { kind: 'service', namespace: 'app', name: 'web' };

export const services: readonly CaseDefinition[] = [
  {
    ability: 'services',
    name: 'a ClusterIP leads to each of its endpoints, and to nothing else, with the answer translated back',
    run: ({ dataPath }) => {
      const path = dataPath();
      const served = new Set<string | undefined>();
      for (let n = 0; n < 40; n++) {
        const trace = path.send({
          from: podEnd('app', 'client-3'),
          to: web,
          protocol: 'TCP',
          port: 8080,
        });
        answered(trace);
        served.add(trace.servedBy?.name);
        equal(
          sourceSeen(trace),
          addressOf(path, 'app', 'client-3'),
          'source that the endpoint saw',
        );
      }
      equal([...served].sort().join(', '), 'web-1, web-2', 'endpoints that served');
    },
  },
  {
    ability: 'services',
    name: 'a client on the endpoint’s own node gets its answer',
    run: ({ dataPath }) => {
      const path = dataPath();
      for (let n = 0; n < 10; n++) {
        answered(
          path.send({ from: podEnd('app', 'client-1'), to: web, protocol: 'TCP', port: 8080 }),
        );
      }
    },
  },
  {
    ability: 'services',
    name: 'a pod reaches itself through its Service',
    run: ({ dataPath }) => {
      const path = dataPath();
      let hairpins = 0;
      for (let n = 0; n < 20; n++) {
        const trace = path.send({
          from: podEnd('app', 'web-1'),
          to: web,
          protocol: 'TCP',
          port: 8080,
        });
        answered(trace);
        if (trace.servedBy?.name === 'web-1') hairpins++;
      }
      truthy(hairpins > 0, 'in 20 tries the pod was never its own endpoint');
    },
  },
  {
    ability: 'services',
    name: 'a node reaches a ClusterIP',
    run: ({ dataPath }) => {
      const path = dataPath();
      for (let n = 0; n < 10; n++) {
        answered(
          path.send({
            from: { kind: 'node', name: 'node-3' },
            to: web,
            protocol: 'TCP',
            port: 8080,
          }),
        );
      }
    },
  },
];
