import { describe, expect, it } from 'vitest';
import { FELIX_DEFAULTS, type RenderConfig } from '../rendering/render-config.ts';
import { textOf } from '../rendering/test-rendering.ts';
import { type EndpointTier, type WorkloadEndpoint, workloadChains } from './endpoint-chains.ts';

const POLICY = { kind: 'KubernetesNetworkPolicy', namespace: 'prod', name: 'web' } as const;
const TIER: EndpointTier = {
  name: 'default',
  defaultAction: 'deny',
  ingress: [{ selector: 'all()', policies: [POLICY] }],
  egress: [],
};
const ENDPOINT: WorkloadEndpoint = {
  interfaceName: 'cali1234',
  adminUp: true,
  tiers: [TIER],
  profiles: ['kns.prod'],
};

const render = (endpoint: Partial<WorkloadEndpoint>, config: Partial<RenderConfig> = {}) => {
  const chains = workloadChains({ ...ENDPOINT, ...endpoint }, { ...FELIX_DEFAULTS, ...config });
  const [to, from] = chains.map(({ rules }) => textOf(rules));
  return { to, from, names: chains.map(({ name }) => name) };
};

const COMMON = [
  '-m conntrack --ctstate RELATED,ESTABLISHED --jump ACCEPT',
  '-m conntrack --ctstate INVALID --jump DROP',
  '--jump MARK --set-mark 0/0x30000',
];

describe('workloadChains', () => {
  it('asks the policies of a direction, and drops what none of them let through', () => {
    const { to, names } = render({});
    expect(names).toEqual(['cali-tw-cali1234', 'cali-fw-cali1234']);
    expect(to).toEqual([
      ...COMMON,
      '-m comment --comment "Start of tier default" --jump MARK --set-mark 0/0x20000',
      '-m mark --mark 0/0x20000 --jump cali-pi-knp/prod/web',
      '-m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 --jump RETURN',
      '-m comment --comment "End of tier default. Drop if no policies passed packet" -m mark --mark 0/0x20000 --jump DROP',
      '--jump cali-pri-kns.prod',
      '-m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 --jump RETURN',
      '-m comment --comment "Drop if no profiles matched" --jump DROP',
    ]);
  });

  it('leaves a direction that no policy polices to the profiles, and never lets tunnels out', () => {
    expect(render({}).from).toEqual([
      ...COMMON,
      '-m comment --comment "Drop VXLAN encapped packets originating in workloads" -p 17 -m multiport --destination-ports 4789 --jump DROP',
      '-m comment --comment "Drop IPinIP encapped packets originating in workloads" -p 4 --jump DROP',
      '--jump cali-pro-kns.prod',
      '-m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 --jump RETURN',
      '-m comment --comment "Drop if no profiles matched" --jump DROP',
    ]);
  });

  it('falls through a tier whose default is to pass', () => {
    const { to } = render({ tiers: [{ ...TIER, defaultAction: 'pass' }] });
    expect(to?.join()).not.toContain('End of tier');
  });

  it('only marks the start of a tier whose policies are all staged', () => {
    const staged = { ...POLICY, kind: 'StagedKubernetesNetworkPolicy' } as const;
    const ingress = [{ selector: 'all()', policies: [staged] }];
    const { to } = render({ tiers: [{ ...TIER, ingress }] });
    expect(to?.filter((rule) => rule.includes('tier'))).toHaveLength(1);
  });

  it('closes an endpoint that is administratively down', () => {
    const disabled = '-m comment --comment "Endpoint admin disabled" --jump DROP';
    expect(render({ adminUp: false })).toMatchObject({ to: [disabled], from: [disabled] });
  });

  it('flags established packets when allowing means returning', () => {
    const { to } = render({}, { filterAllow: 'return', dropInvalid: false, filterDeny: 'reject' });
    expect(to?.slice(0, 3)).toEqual([
      '-m conntrack --ctstate RELATED,ESTABLISHED --jump MARK --set-mark 0x10000/0x10000',
      '-m conntrack --ctstate RELATED,ESTABLISHED --jump RETURN',
      '--jump MARK --set-mark 0/0x30000',
    ]);
    expect(to?.at(-1)).toBe('-m comment --comment "Reject if no profiles matched" --jump REJECT');
  });

  it('tells flow logs about the ends of tiers and profiles', () => {
    const logs = render({}, { flowLogs: true }).to?.filter((rule) => rule.includes('NFLOG'));
    expect(logs).toEqual([
      '-m mark --mark 0/0x20000 --jump NFLOG --nflog-group 1 --nflog-prefix DPI|default --nflog-size 80',
      '--jump NFLOG --nflog-group 1 --nflog-prefix DRI --nflog-size 80',
    ]);
  });
});
