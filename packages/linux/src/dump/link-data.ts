import { formatIp, type Ip } from '@podpath/net';
import type { Device } from '../core.ts';
import { Bridge } from '../devices/bridge.ts';
import { Ip6tnl } from '../devices/ip6tnl.ts';
import { Ipip } from '../devices/ipip.ts';
import type { Ipv4TunnelSettings } from '../devices/ipv4-tunnel.ts';
import { Sit } from '../devices/sit.ts';
import { Tun } from '../devices/tun.ts';
import { Vxlan } from '../devices/vxlan.ts';

/** `info_data` of a device, as `ip -json -details link` tells of its kind. */
export function linkData(device: Device): object | undefined {
  if (device instanceof Bridge) return bridgeData(device);
  if (device instanceof Vxlan) return vxlanData(device);
  if (device instanceof Ipip) return ipv4TunnelData(device.settings, 'ipip');
  if (device instanceof Sit) {
    return { ...ipv4TunnelData(device.settings, 'ip6ip'), prefix: '2002::', prefixlen: 16 };
  }
  if (device instanceof Tun) {
    return { type: device.mode, pi: false, vnet_hdr: false, multi_queue: false, persist: true };
  }
  return device instanceof Ip6tnl ? ip6tnlData(device) : undefined;
}

const bridgeData = ({ fdb }: Bridge): object => ({
  // In hundredths of a second.
  ageing_time: fdb.ageingMs / 10,
  stp_state: 0,
  vlan_filtering: 0,
  nf_call_iptables: 0,
  nf_call_ip6tables: 0,
  nf_call_arptables: 0,
});

function vxlanData({ settings }: Vxlan): object {
  const { vni, local, remote, underlay, sourcePorts, ttl, tos, flowLabel } = settings;
  return {
    id: vni,
    ...endField('remote', remote),
    ...endField('local', local),
    link: underlay?.name,
    port_range: { low: sourcePorts?.first ?? 0, high: sourcePorts?.last ?? 0 },
    port: settings.port,
    learning: settings.learning,
    tos: tos === 0 ? undefined : hex(serviceBits(tos)),
    // An inherited one is not told.
    ttl: ttl === 'inherit' ? undefined : ttl,
    df: settings.df,
    label: flowLabel === 0 ? undefined : hex(flowLabel),
    ageing: settings.ageingMs / 1000,
    udp_csum: settings.udpChecksum,
    udp_zero_csum6_tx: settings.noUdpChecksumIpv6,
    udp_zero_csum6_rx: false,
  };
}

const endField = (name: string, address: Ip | undefined): object =>
  address === undefined
    ? {}
    : { [typeof address === 'number' ? name : `${name}6`]: formatIp(address) };

function ipv4TunnelData(settings: Ipv4TunnelSettings, usual: string): object {
  const { carries, local, remote, underlay, ttl, tos, pathMtuDiscovery, fwmark } = settings;
  return {
    proto: carries === 'any' ? carries : carries === 4 ? 'ipip' : usual,
    remote: remote === undefined ? 'any' : formatIp(remote),
    local: local === undefined ? 'any' : formatIp(local),
    link: underlay?.name,
    ttl,
    tos: tos === 0 ? undefined : hex(serviceBits(tos)),
    pmtudisc: pathMtuDiscovery,
    fwmark: fwmark === 0 ? undefined : hex(fwmark),
  };
}

const IP6TNL_PROTOCOLS = { 4: 'ipip6', 6: 'ip6ip6', any: 'any' } as const;

/** Of what is inherited iproute2 tells by flags, and no value. */
function ip6tnlData({ settings }: Ip6tnl): object {
  const { carries, local = 0n, remote = 0n, underlay } = settings;
  const { hopLimit, encapLimit, trafficClass, flowLabel, fwmark } = settings;
  return {
    proto: IP6TNL_PROTOCOLS[carries],
    remote: formatIp(remote),
    local: formatIp(local),
    link: underlay?.name,
    ttl: hopLimit,
    ...(encapLimit === 'none' ? { ip6_tnl_f_ign_encap_limit: true } : { encap_limit: encapLimit }),
    ...(trafficClass === 'inherit'
      ? { ip6_tnl_f_use_orig_tclass: true }
      : { tclass: hex(trafficClass, 2) }),
    ...(flowLabel === 'inherit'
      ? { ip6_tnl_f_use_orig_flowlabel: true }
      : { flowlabel: hex(flowLabel, 5) }),
    ip6_tnl_f_rcv_dscp_copy: settings.copyDscp || undefined,
    ip6_tnl_f_allow_local_remote: settings.allowLocalRemote || undefined,
    ...(fwmark === 'inherit'
      ? { ip6_tnl_f_use_orig_fwmark: true }
      : { fwmark: fwmark === 0 ? undefined : hex(fwmark) }),
  };
}

/** The lowest bit says that it is inherited. */
const serviceBits = (tos: number | 'inherit'): number => (tos === 'inherit' ? 1 : tos);

const hex = (value: number, digits = 1): string => `0x${value.toString(16).padStart(digits, '0')}`;
