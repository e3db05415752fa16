import type { IptablesCommand, TableName } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';
import type { FelixChain } from '../rendering/felix-rule.ts';
import { appendCommands, chainCommands, insertCommands } from '../rendering/linux-rules.ts';
import type { RenderConfig } from '../rendering/render-config.ts';
import { filterChains } from './filter-chains.ts';
import { kernelHooks } from './kernel-hooks.ts';
import { mangleChains } from './mangle-chains.ts';
import { natChains } from './nat-chains.ts';
import { rawChains } from './raw-chains.ts';
import { reachableChains } from './reachable-chains.ts';
import { CHAIN } from './static-chain-names.ts';

/** Chains that depend on the node's endpoints and the cluster's policies. */
export interface DynamicChains {
  /** Dispatch, endpoint, policy, policy group and profile chains. */
  readonly filter: readonly FelixChain[];
  readonly natOutgoing: FelixChain;
}

const empty = (...names: readonly string[]): readonly FelixChain[] =>
  names.map((name) => ({ name, rules: [] }));

/** Without host endpoints their dispatch chains are there and have no rules. */
const HOST_DISPATCH = {
  raw: empty(CHAIN.fromHostEndpoint, CHAIN.toHostEndpoint),
  mangle: empty(CHAIN.fromHostEndpoint, CHAIN.toHostEndpoint),
  filter: empty(
    CHAIN.fromHostEndpoint,
    CHAIN.toHostEndpoint,
    CHAIN.fromHostEndpointForward,
    CHAIN.toHostEndpointForward,
  ),
} as const;

/** Everything that Felix has in iptables on a node, for one family: chains, then hooks into the kernel's. */
export const felixTables = (
  family: IpFamily,
  dynamic: DynamicChains,
  config: RenderConfig,
): readonly IptablesCommand[] => {
  const chains: readonly (readonly [TableName, readonly FelixChain[]])[] = [
    ['raw', [...rawChains(family, config), ...HOST_DISPATCH.raw]],
    ['mangle', [...mangleChains(family, config), ...HOST_DISPATCH.mangle]],
    ['nat', [...natChains(family, config), dynamic.natOutgoing]],
    ['filter', [...filterChains(family, config), ...HOST_DISPATCH.filter, ...dynamic.filter]],
  ];
  const hooks = kernelHooks(config);
  const { features } = config;
  return chains.flatMap(([table, all]) => {
    const place = { family, table };
    const here = hooks.filter((hook) => hook.table === table);
    const roots = here.map((hook) => `cali-${hook.chain}`);
    return [
      ...chainCommands(place, reachableChains(roots, all), features),
      ...here.flatMap(({ chain, where, rules }) =>
        (where === 'insert' ? insertCommands : appendCommands)(place, chain, rules, features),
      ),
    ];
  });
};
