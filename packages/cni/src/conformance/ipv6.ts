import type { CaseDefinition } from './case.ts';
import { podEnd } from './cluster.ts';
import { answered } from './expect.ts';

export const ipv6: readonly CaseDefinition[] = (['web-1', 'web-2'] as const).map((to) => ({
  ability: 'ipv6',
  name: `a dual-stack pod reaches ${to} over IPv6`,
  run: ({ dualStack }) => {
    const path = dualStack();
    for (const protocol of ['TCP', 'ICMP'] as const) {
      answered(
        path.send({
          from: podEnd('app', 'client-1'),
          to: podEnd('app', to),
          protocol,
          port: protocol === 'TCP' ? 80 : 0,
          family: 6,
        }),
      );
    }
  },
}));
