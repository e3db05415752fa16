import { type Cluster, ClusterLoadError } from '@podpath/cluster';
import { endpointsOf } from '@podpath/services';
import { check } from '../check.ts';
import { plainRule, rulesByChain } from '../rule-lines.ts';
import type { CaseResult } from '../runner.ts';
import { clusterOf, proxiedNode } from './proxied-node.ts';
import type { ServiceCase, ServiceFlow, ServiceVectors } from './vectors.ts';
import { walkFlow } from './walk-flow.ts';

type Conventions = ServiceVectors['conventions'];

/** Everything that a case says, as one comparison; and a result of its own for counters that podpath does not program. */
export function* judgeCase(one: ServiceCase, conventions: Conventions): Generator<CaseResult> {
  const { id, proxyMode, config } = one;
  if (proxyMode !== 'iptables') {
    yield { id, outcome: 'not-supported', reason: 'kube-proxy in nftables mode' };
    return;
  }
  let cluster: Cluster;
  try {
    cluster = clusterOf(one, conventions, true);
  } catch (error) {
    if (!(error instanceof ClusterLoadError)) throw error;
    yield { id, outcome: 'not-supported', reason: 'objects that an API server would refuse' };
    return;
  }
  if ((config.nfacctCounters ?? []).length > 0) {
    const reason = 'nfacct counters, which depend on a kernel module';
    yield { id: `${id}/counters`, outcome: 'not-supported', reason };
  }
  yield check(id, expectedOf(one), () => gotOf(one, conventions, cluster));
}

interface Answers {
  readonly flows: readonly string[];
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly hasDestination: boolean | undefined;
  readonly endpoints: Readonly<Record<string, readonly (readonly [string, boolean])[]>>;
  readonly localReady: Readonly<Record<string, number>>;
}

const expectedOf = (one: ServiceCase): Answers => ({
  flows: [...one.flows, ...(one.afterEndpointsDeleted ?? [])].map((flow) =>
    flowText(flow, flow.output.split(', ').sort().join(', '), flow.masq),
  ),
  rules: Object.fromEntries(expectedRules(one)),
  hasDestination: one.expectRuleForDestination?.present,
  endpoints: one.expectedEndpointMap ?? {},
  localReady: one.expectedLocalReadyEndpoints ?? {},
});

function gotOf(one: ServiceCase, conventions: Conventions, cluster: Cluster): Answers {
  const node = proxiedNode(cluster, one, conventions);
  const rules = rulesByChain(node.netfilter.iptablesSave(one.config.family === 'IPv6' ? 6 : 4));
  const walk = (flow: ServiceFlow, where: typeof node) => {
    const { output, masq } = walkFlow(where, flow);
    return flowText(flow, output, masq);
  };
  const after = one.afterEndpointsDeleted ?? [];
  const bare = () => proxiedNode(clusterOf(one, conventions, false), one, conventions);
  const sought = one.expectRuleForDestination;
  return {
    flows: [
      ...one.flows.map((flow) => walk(flow, node)),
      ...(after.length === 0 ? [] : after.map((flow) => walk(flow, bare()))),
    ],
    rules: Object.fromEntries(
      [...expectedRules(one)].map(([chain]) => [chain, rules.get(chain) ?? []]),
    ),
    hasDestination:
      sought === undefined
        ? undefined
        : (rules.get(`${sought.table}/${sought.chain}`) ?? []).some((rule) =>
            rule.includes(`-d ${sought.destination}`),
          ),
    endpoints: endpointMap(one, conventions, cluster),
    localReady: localReady(one, conventions, cluster),
  };
}

const flowText = ({ name }: ServiceFlow, output: string, masq: boolean): string =>
  `${name}: ${output}${masq ? ' (masqueraded)' : ''}`;

/** Chains that the case names, with their rules; without the counters. */
function expectedRules(one: ServiceCase): ReadonlyMap<string, readonly string[]> {
  const lines = (one.expectedRestoreInput ?? [])
    .filter((line) => !line.includes('localhost_nps_accepted_pkts'))
    .map(withoutCounter);
  const rules = new Map(rulesByChain(lines.join('\n')));
  for (const [chain, chainLines] of Object.entries(one.expectedChains ?? {})) {
    rules.set(
      chain,
      chainLines.map((line) => plainRule(withoutCounter(line))),
    );
  }
  return rules;
}

const withoutCounter = (line: string): string => line.replace(/ -m nfacct --nfacct-name \S+/, '');

/** `ns/service:port/PROTOCOL` as the vectors key endpoints. */
const KEY = /^(?<namespace>[^/]+)\/(?<name>[^:]+):(?<port>[^/]*)\/(?<protocol>\w+)$/;

function endpointMap(
  one: ServiceCase,
  { localNodeName }: Conventions,
  cluster: Cluster,
): Answers['endpoints'] {
  return Object.fromEntries(
    Object.keys(one.expectedEndpointMap ?? {}).map((key) => {
      const { namespace = '', name = '', port, protocol } = KEY.exec(key)?.groups ?? {};
      const endpoints = endpointsOf(cluster, { namespace, name })
        .filter((each) => each.portName === port && each.protocol === protocol)
        .map((each) => [each.text, each.nodeName === localNodeName] as const);
      return [key, endpoints];
    }),
  );
}

function localReady(
  one: ServiceCase,
  { localNodeName }: Conventions,
  cluster: Cluster,
): Answers['localReady'] {
  return Object.fromEntries(
    Object.keys(one.expectedLocalReadyEndpoints ?? {}).map((key) => {
      const [namespace = '', name = ''] = key.split('/');
      const addresses = endpointsOf(cluster, { namespace, name })
        .filter((each) => each.ready && each.nodeName === localNodeName)
        .map((each) => each.address);
      return [key, new Set(addresses).size];
    }),
  );
}
