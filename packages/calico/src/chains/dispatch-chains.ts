import { type EndpointChainPrefix, endpointChainName } from '../names/chain-names.ts';
import { type FelixChain, type FelixMatch, type FelixRule, goto } from '../rendering/felix-rule.ts';
import { denyAction, type RenderConfig } from '../rendering/render-config.ts';
import { CHAIN } from './static-chain-names.ts';

/**
 * Sends packets from and to workloads to the chains of their interfaces, by a tree that is one character
 * deep: a root with a rule per next character, and a chain for each character that several names share.
 * Follows felix/rules/dispatch.go.
 */
export const workloadDispatchChains = (
  interfaces: readonly string[],
  config: RenderConfig,
): readonly FelixChain[] => {
  const end: readonly FelixRule[] = [
    { action: denyAction(config), comments: ['Unknown interface'] },
  ];
  const bins = binsOf(interfaces);
  return [
    ...dispatchChains(CHAIN.fromWorkload, 'in-interface', 'cali-fw-', bins, end),
    ...dispatchChains(CHAIN.toWorkload, 'out-interface', 'cali-tw-', bins, end),
  ];
};

/** Names that go on alike behind what all names share. */
interface Bin {
  /** What they all start with. */
  readonly start: string;
  /** The part of `start` that other bins do not share. */
  readonly suffix: string;
  readonly names: readonly string[];
}

const binsOf = (interfaces: readonly string[]): readonly Bin[] => {
  const names = [...new Set(interfaces)].sort();
  const common = commonPrefix(names);
  const bins = new Map<string, string[]>();
  for (const name of names) {
    const start = name.slice(0, common.length + 1);
    const bin = bins.get(start);
    if (bin === undefined) bins.set(start, [name]);
    else bin.push(name);
  }
  return [...bins].map(([start, members]) => ({
    start,
    suffix: start.slice(common.length),
    names: members,
  }));
};

/** Of sorted names: what the first and the last share, all share. */
const commonPrefix = (sorted: readonly string[]): string => {
  const first = sorted[0] ?? '';
  const last = sorted.at(-1) ?? '';
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
};

const dispatchChains = (
  root: string,
  kind: 'in-interface' | 'out-interface',
  endpointPrefix: EndpointChainPrefix,
  bins: readonly Bin[],
  end: readonly FelixRule[],
): readonly FelixChain[] => {
  const rule = (name: string, chain: string): FelixRule => {
    const match: readonly FelixMatch[] = [{ kind, name }];
    return { match, action: goto(chain) };
  };
  const toEndpoint = (name: string) => rule(name, endpointChainName(endpointPrefix, name));
  const children = bins.filter((bin) => bin.names.length > 1);
  return [
    ...children.map((bin) => ({
      name: `${root}-${bin.suffix}`,
      rules: [...bin.names.map(toEndpoint), ...end],
    })),
    {
      name: root,
      rules: [
        ...bins.map((bin) =>
          bin.names.length > 1
            ? rule(`${bin.start}+`, `${root}-${bin.suffix}`)
            : toEndpoint(bin.names[0] ?? bin.start),
        ),
        ...end,
      ],
    },
  ];
};
