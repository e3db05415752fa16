import { clusterFromObjects } from '@podpath/cluster';
import { flannel } from '@podpath/flannel';
import { formatIptablesCommands } from '@podpath/linux';
import { z } from 'zod';
import { check } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import { plainRule } from '../rule-lines.ts';
import type { CaseResult, Runner } from '../runner.ts';

const flannelRules = z.object({
  vectors: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      tool: z.string().optional(),
      table: z.string().optional(),
      network: z.string().optional(),
      podCIDR: z.string().optional(),
      expect: z.unknown().optional(),
    }),
  ),
});

type Vector = z.output<typeof flannelRules>['vectors'][number];

/** The chains that flannel programs, against what upstream's own tests expect to be listed. */
export const flannelRulesRunner: Runner = {
  subject: 'flannel',
  accepts: (name) => name === 'flannel-rules.json',
  *run(set) {
    for (const vector of readVectors(set, flannelRules).vectors) yield judge(vector);
  },
};

function judge(vector: Vector): CaseResult {
  const { id, kind, tool } = vector;
  const notSupported = (reason: string): CaseResult => ({ id, outcome: 'not-supported', reason });
  if (kind !== 'list')
    return notSupported('how flanneld keeps its rules up, which happens once here');
  if (tool === 'nft') return notSupported('flannel’s nftables mode');
  const lines = z.array(z.string()).parse(vector.expect);
  const expected = lines.filter((line) => line.startsWith('-A')).map(listed);
  return check(id, expected, () => programmed(vector).map(listed));
}

const listed = (line: string): string => `${line.split(' ')[1]} ${plainRule(line)}`;

/** The rule lines of flannel's own chains, and the jumps there, on a node with the vector's podCIDR. */
function programmed({ tool, table, network, podCIDR }: Vector): readonly string[] {
  const family = tool === 'ip6tables' ? 6 : 4;
  const cluster = clusterFromObjects(
    [
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node' },
        spec: { podCIDRs: [podCIDR] },
        status: {
          addresses: [{ type: 'InternalIP', address: family === 4 ? '192.0.2.11' : 'fd01::11' }],
        },
      },
    ],
    { families: [family] },
  );
  const options = family === 4 ? { Network: network } : { IPv6Network: network };
  return flannel
    .install(cluster, flannel.configure(options))
    .program('node')
    .flatMap(({ commands }) => commands)
    .flatMap((command) =>
      command.kind === 'iptables' && command.table === table && command.family === family
        ? [command]
        : [],
    )
    .flatMap((command) => formatIptablesCommands([command]).split('\n'))
    .filter((line) => line.startsWith('-A') && line.includes('FLANNEL'));
}
