import { calico } from '@podpath/calico';
import { clusterFromObjects } from '@podpath/cluster';
import type { NetworkPlugin } from '@podpath/cni';
import { flannel } from '@podpath/flannel';
import { formatProgram, parseProgram } from '@podpath/linux';
import { weave } from '@podpath/weave';
import { describe, expect, it } from 'vitest';

const cluster = () =>
  clusterFromObjects(
    [
      ...['node-1', 'node-2'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name },
      })),
      ...['node-1', 'node-2'].map((nodeName) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'app', name: `on-${nodeName}`, labels: { app: 'web' } },
        spec: { nodeName, containers: [{ name: 'main', ports: [{ containerPort: 80 }] }] },
      })),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'app', name: 'web' },
        spec: {
          type: 'NodePort',
          sessionAffinity: 'ClientIP',
          selector: { app: 'web' },
          ports: [{ port: 80 }],
        },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { namespace: 'app', name: 'web' },
        spec: {
          podSelector: {},
          ingress: [
            {
              from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
              ports: [{ port: 80 }],
            },
          ],
        },
      },
    ],
    { families: [4, 6] },
  );

/* What a plugin programs must survive its own text: that is how it is collected from real nodes, too. */
const survives = (plugin: NetworkPlugin): void => {
  it(`of ${plugin.title} is read back from its text, and written again as it was`, () => {
    const path = plugin.install(cluster(), plugin.configure({}));
    const programs = [...path.cluster.nodes.keys()].flatMap((node) => path.program(node));
    expect(programs.length).toBeGreaterThan(2);
    for (const program of programs) {
      const text = formatProgram(program);
      expect(parseProgram(text, 'program').map(formatProgram).join('\n')).toBe(text);
    }
  });
};

describe('the program', () => {
  survives(calico);
  survives(flannel);
  survives(weave);
});
