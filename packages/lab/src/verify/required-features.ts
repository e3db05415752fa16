import type { Command, Match, Target } from '@podpath/linux';
import type { KernelLack, KernelReport } from './kernel-features.ts';

/** What of the things that a kernel lacks these commands cannot do without. */
export function missingFor(
  commands: readonly Command[],
  { lacks }: KernelReport,
): readonly KernelLack[] {
  const needed = new Set(commands.flatMap(needsOf));
  return lacks.filter(({ group, name }) => needed.has(`${group} ${name}`));
}

function needsOf(command: Command): readonly string[] {
  switch (command.kind) {
    case 'link-add':
      return [`device ${command.type === 'opaque' ? command.deviceType : command.type}`];
    case 'ipset':
      return command.op === 'create' ? [`set ${command.type}`] : [];
    case 'iptables': {
      if (!('rule' in command)) return [];
      const { matches, target } = command.rule;
      const targetName = target === undefined ? undefined : TARGETS[target.kind];
      return [
        ...matches.map((match) => `match ${MODULES[match.kind] ?? match.kind}`),
        ...(targetName === undefined ? [] : [`target ${targetName}`]),
      ];
    }
    default:
      return [];
  }
}

/** Modules that are called otherwise than their kind of match. */
const MODULES: Partial<Readonly<Record<Match['kind'], string>>> = {
  'address-type': 'addrtype',
  connection: 'conntrack',
  'ip-range': 'iprange',
  'packet-type': 'pkttype',
};

/** Targets that a module provides; the others are verdicts. */
const TARGETS: Partial<Readonly<Record<Target['kind'], string>>> = {
  'connmark-restore': 'CONNMARK',
  'connmark-save': 'CONNMARK',
  'connmark-set': 'CONNMARK',
  'tcp-mss': 'TCPMSS',
  ct: 'CT',
  dnat: 'DNAT',
  dscp: 'DSCP',
  log: 'LOG',
  mark: 'MARK',
  masquerade: 'MASQUERADE',
  nflog: 'NFLOG',
  redirect: 'REDIRECT',
  reject: 'REJECT',
  snat: 'SNAT',
};
