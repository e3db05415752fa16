import { chainNames, endpointChainName, probabilityText, selectEndpoints } from '@podpath/services';
import { check } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';
import { judgeCase } from '../services/judge-case.ts';
import { type ServiceVectors, serviceVectors } from '../services/vectors.ts';

/** kube-proxy: its names, its choice of endpoints, its rules, and where packets go through them. */
export const servicesRunner: Runner = {
  subject: 'kube-proxy',
  accepts: (name) => name === 'services.json',
  *run(set) {
    const vectors = readVectors(set, serviceVectors);
    for (const one of vectors.cases) yield* judgeCase(one, vectors.conventions);
    yield* vectors.endpointSelection.map(selection);
    for (const name of vectors.chainNames) yield chainName(name);
    for (const { name } of vectors.nftChainNames) {
      const reason = 'kube-proxy in nftables mode';
      yield { id: `nftables name ${name}`, outcome: 'not-supported', reason };
    }
    for (const { n, text } of vectors.probabilities) {
      yield check(`probability of one in ${n}`, text, () => probabilityText(n));
    }
  },
};

function chainName(one: ServiceVectors['chainNames'][number]): CaseResult {
  const { kind, servicePortName, protocol, endpoint, chain } = one;
  return check(`name ${chain}`, chain, () => {
    if (endpoint !== undefined) return endpointChainName(servicePortName, protocol, endpoint);
    return Object.values(chainNames(servicePortName, protocol)).find((name) =>
      name.startsWith(kind),
    );
  });
}

const NODE = 'this';

function selection(one: ServiceVectors['endpointSelection'][number]): CaseResult {
  const { service, nodeZone } = one;
  const expected = {
    cluster: one.cluster,
    local: one.local,
    reachable: one.allReachable,
    hasAny: one.hasAnyEndpoints,
  };
  return check(one.id, expected, () => {
    const endpoints = one.endpoints.map(({ endpoint, local, zoneHints, ...conditions }) => ({
      endpoint,
      ...conditions,
      serving: conditions.serving ?? conditions.ready,
      ...(local ? { nodeName: NODE } : {}),
      ...(zoneHints === undefined ? {} : { zones: zoneHints }),
    }));
    const selected = selectEndpoints(
      endpoints,
      {
        internalLocal: service.internalPolicyLocal,
        externalLocal: service.externalPolicyLocal,
        externallyAccessible: service.nodePort !== undefined,
      },
      { name: NODE, zone: nodeZone ?? undefined },
    );
    const texts = (list: readonly { readonly endpoint: string }[] | undefined) =>
      list?.map(({ endpoint }) => endpoint) ?? null;
    return {
      cluster: texts(selected.cluster),
      local: texts(selected.local),
      reachable: texts(selected.reachable),
      hasAny: selected.hasAny,
    };
  });
}
