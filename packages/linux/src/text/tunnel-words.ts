import { formatIp } from '@podpath/net';
import type { LinkAdd } from '../commands.ts';

type TunnelAdd = Extract<LinkAdd, { type: 'ipip' | 'sit' | 'ip6tnl' }>;

/** What stands after `type ipip`, `type sit` or `type ip6tnl`. */
export function tunnelWords(command: TunnelAdd): readonly string[] {
  const { mode, local, remote, dev } = command;
  return [
    ...(mode === undefined ? [] : [`mode ${mode}`]),
    ...(local === undefined ? [] : [`local ${formatIp(local)}`]),
    ...(remote === undefined ? [] : [`remote ${formatIp(remote)}`]),
    ...(dev === undefined ? [] : [`dev ${dev}`]),
    ...(command.type === 'ip6tnl' ? ip6tnlWords(command) : ipv4Words(command)),
  ];
}

/** What stands after `type vxlan`. */
export function vxlanWords(command: Extract<LinkAdd, { type: 'vxlan' }>): readonly string[] {
  const { vni, local, remote, dev, port, sourcePorts, learning, ageingSeconds } = command;
  const { ttl, tos, df, flowLabel, udpChecksum, noUdpChecksumIpv6 } = command;
  const words = [`id ${vni}`];
  if (local !== undefined) words.push(`local ${formatIp(local)}`);
  if (remote !== undefined) words.push(`remote ${formatIp(remote)}`);
  if (dev !== undefined) words.push(`dev ${dev}`);
  words.push(`dstport ${port}`);
  if (sourcePorts !== undefined) words.push(`srcport ${sourcePorts.first} ${sourcePorts.last}`);
  words.push(learning ? 'learning' : 'nolearning');
  if (ageingSeconds !== undefined) words.push(`ageing ${ageingSeconds}`);
  if (ttl !== undefined) words.push(`ttl ${ttl === 0 ? 'auto' : ttl}`);
  if (tos !== undefined) words.push(`tos ${orInherit(tos)}`);
  if (df !== undefined) words.push(`df ${df}`);
  if (flowLabel !== undefined) words.push(`flowlabel ${hex(flowLabel)}`);
  if (udpChecksum !== undefined) words.push(`${udpChecksum ? '' : 'no'}udpcsum`);
  if (noUdpChecksumIpv6 !== undefined) {
    words.push(`${noUdpChecksumIpv6 ? '' : 'no'}udp6zerocsumtx`);
  }
  return words;
}

function ipv4Words(command: Extract<TunnelAdd, { type: 'ipip' | 'sit' }>): readonly string[] {
  const { ttl, tos, pathMtuDiscovery, fwmark } = command;
  const words: string[] = [];
  if (ttl !== undefined) words.push(`ttl ${ttl}`);
  if (tos !== undefined) words.push(`tos ${orInherit(tos)}`);
  if (pathMtuDiscovery !== undefined) words.push(pathMtuDiscovery ? 'pmtudisc' : 'nopmtudisc');
  if (fwmark !== undefined) words.push(`fwmark ${hex(fwmark)}`);
  return words;
}

function ip6tnlWords(command: Extract<TunnelAdd, { type: 'ip6tnl' }>): readonly string[] {
  const { hopLimit, encapLimit, trafficClass, flowLabel, copyDscp, allowLocalRemote, fwmark } =
    command;
  const words: string[] = [];
  if (encapLimit !== undefined) words.push(`encaplimit ${encapLimit}`);
  if (hopLimit !== undefined) words.push(`hoplimit ${hopLimit}`);
  if (trafficClass !== undefined) words.push(`tclass ${orInherit(trafficClass)}`);
  if (flowLabel !== undefined) words.push(`flowlabel ${orInherit(flowLabel)}`);
  if (copyDscp === true) words.push('dscp inherit');
  if (allowLocalRemote !== undefined) {
    words.push(`${allowLocalRemote ? '' : 'no'}allow-localremote`);
  }
  if (fwmark !== undefined) words.push(`fwmark ${orInherit(fwmark)}`);
  return words;
}

/** iproute2 takes some of them to be hexadecimal anyway. */
const hex = (value: number): string => `0x${value.toString(16)}`;

const orInherit = (value: number | 'inherit'): string => (value === 'inherit' ? value : hex(value));
