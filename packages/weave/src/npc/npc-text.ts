import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyRule } from '@podpath/cluster';
import type { IpsetEntry, Match, Rule, Target } from '@podpath/linux';
import { formatIp, formatPrefix, parseIpv4, parsePrefix } from '@podpath/net';
import { type NpcCommand, NpcController } from './controller.ts';
import type { NpcNamespace, NpcPod, NpcPolicy } from './objects.ts';

/** weave-npc's commands as its own tests write them, and short ways to write objects. */
export const commandText = (command: NpcCommand): string => {
  if (command.kind === 'iptables') {
    if (command.op !== 'append' && command.op !== 'delete') return `${command.op} ${command.chain}`;
    const flag = command.op === 'append' ? '-A' : '-D';
    return `${flag} ${command.chain} ${ruleText(command.rule)}`;
  }
  const { op, set } = command;
  if (op === 'create') return `create ${set} ${command.type}`;
  if (op === 'add' || op === 'delete') return `${op} ${set} ${entryText(command.entry)}`;
  return `${op} ${set}`;
};

export const ruleText = ({ matches, target }: Rule): string =>
  [...matches.map(matchText), ...(target === undefined ? [] : [`-j ${targetText(target)}`])].join(
    ' ',
  );

export const entryText = (entry: IpsetEntry): string => {
  if (entry.kind === 'ip') return formatIp(entry.address);
  if (entry.kind === 'net') return formatPrefix(entry.prefix);
  if (entry.kind === 'set') return entry.name;
  if (entry.kind === 'ip,port') return `${formatIp(entry.address)},${entry.port}`;
  throw new RangeError(`weave-npc makes no members of kind ${entry.kind}`);
};

const matchText = (match: Match): string => {
  const not = 'invert' in match && match.invert === true ? '! ' : '';
  switch (match.kind) {
    case 'set':
      return `-m set ${not}--match-set ${match.set} ${match.directions.join()}`;
    case 'protocol':
      return `-p ${match.protocol}`;
    case 'port':
      return `--dport ${match.first === match.last ? match.first : `${match.first}:${match.last}`}`;
    case 'source':
      return `-s ${formatPrefix(match.prefix)}`;
    case 'destination':
      return `-d ${formatPrefix(match.prefix)}`;
    case 'comment':
      return `"${match.text}"`;
    case 'conntrack':
      return match.states.join();
    case 'mark':
      return `${not}mark`;
    default:
      return match.kind;
  }
};

const targetText = (target: Target): string =>
  target.kind === 'jump' ? target.chain : target.kind.toUpperCase();

export const watched = (): { controller: NpcController; said: () => string[] } => {
  let commands: NpcCommand[] = [];
  return {
    controller: new NpcController((command) => commands.push(command)),
    said: () => {
      const texts = commands.map(commandText);
      commands = [];
      return texts;
    },
  };
};

export const namespace = (name: string, labels: Record<string, string> = {}): NpcNamespace => ({
  uid: name,
  name,
  labels,
});

export const pod = (path: string, labels: Record<string, string>, address?: string): NpcPod => {
  const [namespaceName = '', name = ''] = path.split('/');
  return {
    uid: path,
    namespace: namespaceName,
    name,
    labels,
    ...(address === undefined ? {} : { address: parseIpv4(address) }),
  };
};

export const select = (matchLabels: Record<string, string> = {}): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
});

export const block = (cidr: string, ...except: string[]): NetworkPolicyPeer => ({
  ipBlock: { cidr: parsePrefix(cidr), except: except.map(parsePrefix) },
});

export const rule = (
  peers: readonly NetworkPolicyPeer[],
  ...ports: NetworkPolicyRule['ports']
): NetworkPolicyRule => ({ peers, ports });

export const policy = (
  path: string,
  spec: Partial<Omit<NpcPolicy, 'uid' | 'namespace' | 'name'>>,
): NpcPolicy => {
  const [namespaceName = '', name = ''] = path.split('/');
  return {
    uid: path,
    namespace: namespaceName,
    name,
    podSelector: select(),
    policyTypes: ['Ingress'],
    ingress: [],
    egress: [],
    ...spec,
  };
};
