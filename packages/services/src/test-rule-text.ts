import type { Command, Match, Target } from '@podpath/linux';
import { formatIp, formatPrefix, type Prefix } from '@podpath/net';
import { endpointText } from './endpoints.ts';

/** Commands in the spelling that kube-proxy writes for iptables-restore, for tests to read. */
export const ruleTexts = (commands: readonly Command[], table?: string): readonly string[] =>
  commands.flatMap((command) => {
    if (command.kind !== 'iptables') return [];
    if (table !== undefined && command.table !== table) return [];
    if (command.op === 'new-chain') return [`:${command.chain}`];
    if (command.op === 'append') return [`-A ${command.chain}${ruleText(command.rule)}`];
    if (command.op === 'insert') return [`-I ${command.chain}${ruleText(command.rule)}`];
    throw new Error(`kube-proxy does not ${command.op}`);
  });

const ruleText = (rule: { readonly matches: readonly Match[]; readonly target?: Target }) =>
  [...rule.matches.map(matchText), ...(rule.target ? [`-j ${targetText(rule.target)}`] : [])]
    .map((part) => ` ${part}`)
    .join('');

const bare = (prefix: Prefix): string =>
  prefix.length === (typeof prefix.address === 'number' ? 32 : 128)
    ? formatIp(prefix.address)
    : formatPrefix(prefix);

function matchText(match: Match): string {
  const not = 'invert' in match && match.invert === true ? '! ' : '';
  switch (match.kind) {
    case 'comment':
      return `-m comment --comment ${match.text.includes(' ') ? `"${match.text}"` : match.text}`;
    case 'source':
      return `${not}-s ${bare(match.prefix)}`;
    case 'destination':
      return `${not}-d ${bare(match.prefix)}`;
    case 'in-interface':
      return `${not}-i ${match.name}`;
    case 'protocol-module':
      return `-m ${match.protocol}`;
    case 'protocol':
      return `-p ${match.protocol}`;
    case 'port':
      return `--dport ${match.first}`;
    case 'mark':
      return `-m mark ${not}--mark 0x${match.value.toString(16)}/0x${match.mask.toString(16)}`;
    case 'conntrack':
      return `-m conntrack ${not}--ctstate ${match.states.join(',')}`;
    case 'address-type':
      return match.source === undefined
        ? `-m addrtype --dst-type ${match.destination?.type}`
        : `-m addrtype --src-type ${match.source.type}`;
    case 'statistic':
      if (match.mode !== 'random') throw new Error('kube-proxy does not count packets');
      return `-m statistic --mode random --probability ${(match.threshold / 2 ** 31).toFixed(11)}`;
    case 'recent':
      if (match.action.kind === 'remove') throw new Error('kube-proxy does not forget addresses');
      return match.action.kind === 'set'
        ? `-m recent --name ${match.name} --set`
        : `-m recent --name ${match.name} --rcheck --seconds ${match.action.seconds} --reap`;
    default:
      throw new Error(`kube-proxy does not match by ${match.kind}`);
  }
}

function targetText(target: Target): string {
  switch (target.kind) {
    case 'jump':
      return target.chain;
    case 'dnat':
      if (target.address === undefined) throw new Error('kube-proxy always names the endpoint');
      return `DNAT --to-destination ${endpointText(target.address, target.port ?? 0)}`;
    case 'mark':
      return `MARK --${target.spelling} 0x${target.value.toString(16)}`;
    case 'masquerade':
      return target.randomFully === true ? 'MASQUERADE --random-fully' : 'MASQUERADE';
    case 'reject':
      return 'REJECT';
    default:
      return target.kind.toUpperCase();
  }
}
