import { describe, expect, it } from 'vitest';
import { clusterOf, networkPolicy, node, pod } from '../test-cluster.ts';
import { planNpc } from './npc-plan.ts';
import { commandText } from './npc-text.ts';
import { setNameOf } from './set-name.ts';

describe('what weave-npc programs for a cluster', () => {
  const cluster = clusterOf(
    node('n1'),
    pod('a/web', 'n1', { labels: { app: 'web' } }),
    pod('a/agent', 'n1', { hostNetwork: true }),
    networkPolicy('a/named', { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] }),
    networkPolicy('a/closed', { podSelector: { matchLabels: { app: 'web' } } }),
  );

  it('puts pods straight where they belong, and takes nothing back', () => {
    const texts = planNpc(cluster).commands().map(commandText);
    const web = setNameOf('a:app=web');
    expect(texts.filter((text) => text.startsWith('add'))).toEqual([
      expect.stringMatching(/^add .* \d/),
      expect.stringContaining(`add ${web} `),
      expect.stringContaining(`add ${setNameOf('egress-default-allow:a')} `),
    ]);
    expect(texts.filter((text) => /^(delete|destroy|-D)/.test(text))).toEqual([]);
  });

  it('is made once', () => {
    const plan = planNpc(cluster);
    expect(plan.commands()).toBe(plan.commands());
    expect(plan.commands().length).toBe(planNpc(cluster).commands().length);
  });

  it('names the policies that it refuses', () => {
    expect(planNpc(cluster).refused).toMatchObject([
      { policy: 'a/named', error: { code: 'named-port' } },
    ]);
  });
});

describe('a namespace with more pods than a set takes', () => {
  it('is named, and the pods beyond are in no set', () => {
    const small = clusterOf(node('n1'), pod('a/p', 'n1'));
    const [one] = small.pods.values();
    if (one === undefined) throw new Error('there is one pod');
    const pods = new Map(
      Array.from({ length: 65_538 }, (_, at) => {
        const name = `p${at}`;
        return [`a/${name}`, { ...one, name, ips: [0x0a20_0001 + at] }];
      }),
    );
    const plan = planNpc({ ...small, pods });
    expect(plan.crowded).toEqual(['a']);
    const added = plan.commands().filter(({ op }) => op === 'add');
    expect(added).toHaveLength(3 * 65_536);
  });
});
