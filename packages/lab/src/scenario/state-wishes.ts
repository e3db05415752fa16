import type { StateWish } from '../state/namespace-state.ts';
import type { Scenario } from './scenario.ts';

const ALWAYS = [254, 255];

/** What to ask each namespace of a scenario for, from what its commands touch. */
export function wishesOf(scenario: Scenario): readonly StateWish[] {
  return scenario.namespaces.map((namespace) => {
    const commands = scenario.steps.flatMap((step) =>
      step.do === 'apply' && step.namespace === namespace ? [step.command] : [],
    );
    const tables = new Set(ALWAYS);
    for (const command of commands) {
      if ('route' in command) tables.add(command.route.table ?? 254);
    }
    const has = (kind: 'iptables' | 'ipset' | 'nft', family?: 4 | 6): boolean =>
      commands.some(
        (command) =>
          command.kind === kind &&
          (family === undefined || ('family' in command && command.family === family)),
      );
    return {
      namespace,
      iptables: has('iptables', 4),
      ip6tables: has('iptables', 6),
      ipsets: has('ipset'),
      nft: has('nft'),
      fdb: commands.some(
        ({ kind, ...rest }) => kind === 'link-add' && 'type' in rest && rest.type !== 'veth',
      ),
      ipv6: !commands.some(
        (command) => command.kind === 'sysctl' && command.key === IPV6_OFF && command.value === 1,
      ),
      tables: [...tables].sort((a, b) => a - b),
    };
  });
}

const IPV6_OFF = 'net.ipv6.conf.all.disable_ipv6';
