import type { Mac } from '@podpath/net';
import type { Command } from '../commands.ts';
import { VXLAN_OVERHEAD_BYTES } from '../devices/vxlan.ts';
import type { LinkRecord } from '../parse/ip-link.ts';
import { isTunnelKind } from '../parse/tunnel-record.ts';
import { type DeviceRole, roleOf } from './device-role.ts';
import type { NamespaceDump } from './namespace-dump.ts';
import type { VethPairs } from './pair-veths.ts';

/** Where the far end of an uplink's cable goes. */
export interface SwitchPort {
  readonly namespace: string;
  readonly port: string;
  /** Absent: it leads to nothing known. */
  readonly switchName?: string;
}

/** A device of a namespace with what it becomes. */
export interface RoledLink {
  readonly link: LinkRecord;
  readonly role: DeviceRole;
}

export function rolesOf(dump: NamespaceDump, pairs: VethPairs): readonly RoledLink[] {
  const kinds = new Map(dump.links().map(({ name, kind }) => [name, kind]));
  return dump.links().map((link) => {
    const role = roleOf(link, {
      isPaired: () => pairs.peerOf({ dump, link }) !== undefined,
      isConfigured: () => dump.wireguard().some(({ dev }) => dev === link.name),
      masterKind: link.master === undefined ? undefined : kinds.get(link.master),
      bridgesCallIptables: () => bridgesCallIptables(dump),
    });
    return { link, role };
  });
}

const bridgesCallIptables = (dump: NamespaceDump): boolean =>
  dump
    .sysctls()
    .commands.some(
      ({ value: { key, value } }) => key === 'net.bridge.bridge-nf-call-iptables' && value !== 0,
    );

/** What making the devices of a node takes. */
export interface LinkSite {
  readonly pairs: VethPairs;
  /** Where the cable of an uplink goes. */
  switchPort(dump: NamespaceDump, link: LinkRecord): SwitchPort;
  /** Ends of veths that were made with the other end. */
  readonly made: Set<LinkRecord>;
}

/** Commands that make the devices of one namespace, all of them down. What a device stands on comes before it. */
export function linkAdds(
  dump: NamespaceDump,
  roled: readonly RoledLink[],
  site: LinkSite,
): readonly Command[] {
  const isTunnel = ({ role: { kind } }: RoledLink): boolean =>
    kind === 'vxlan' || isTunnelKind(kind);
  const late = roled.filter(isTunnel);
  const early = roled.filter((each) => !isTunnel(each));
  return [...early, ...late].flatMap((each) => linkAdd(dump, each, site) ?? []);
}

/**
 * A link may have become too small for what stands on it, which the kernel would not let be made on it any more: it is
 * made as large as it must have been, and has its size set when everything is there.
 */
function firstMtu({ name, mtuBytes }: LinkRecord, dump: NamespaceDump): number {
  const wanted = dump.links().map(({ vxlan, mtuBytes: carried }) => {
    if (vxlan?.settings.dev !== name) return 0;
    return carried + VXLAN_OVERHEAD_BYTES[typeof vxlan.settings.local === 'bigint' ? 6 : 4];
  });
  return Math.max(mtuBytes, ...wanted);
}

function linkAdd(
  dump: NamespaceDump,
  { link, role }: RoledLink,
  { pairs, switchPort, made }: LinkSite,
): Command | undefined {
  const { name } = link;
  const mtuBytes = firstMtu(link, dump);
  const common = { kind: 'link-add' as const, name, ...macField(link.mac), mtuBytes };
  switch (role.kind) {
    case 'lo':
      return { kind: 'link-set', dev: name, mtuBytes };
    case 'member':
      return undefined;
    case 'dummy':
      return { ...common, type: 'dummy' };
    case 'wireguard':
      return { kind: 'link-add', name, mtuBytes, type: 'wireguard' };
    case 'opaque':
      return { ...common, type: 'opaque', deviceType: role.what };
    case 'bridge':
      return { ...common, type: 'bridge', ...ageing(link) };
    case 'vxlan':
      return link.vxlan === undefined ? undefined : { ...common, ...link.vxlan.settings };
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return link.tunnel === undefined
        ? undefined
        : { kind: 'link-add', name, mtuBytes, ...link.tunnel.settings };
    case 'uplink': {
      const { namespace, port } = switchPort(dump, link);
      return { ...common, type: 'veth', peer: { name: port, namespace, mtuBytes } };
    }
    case 'veth': {
      const peer = pairs.peerOf({ dump, link });
      if (peer === undefined || made.has(link)) return undefined;
      made.add(peer.link);
      const { namespace } = peer.dump;
      const far = { name: peer.link.name, namespace, ...macField(peer.link.mac) };
      const farMtu = firstMtu(peer.link, peer.dump);
      return { ...common, type: 'veth', peer: { ...far, mtuBytes: farMtu } };
    }
  }
}

/** Group addresses and zero are none that a command can give. */
const macField = (mac: Mac | undefined): { readonly mac?: Mac } =>
  mac === undefined || mac === 0 || Math.floor(mac / 2 ** 40) % 2 === 1 ? {} : { mac };

const ageing = ({ bridge }: LinkRecord): { readonly ageingMs?: number } =>
  bridge === undefined ? {} : { ageingMs: bridge.ageingMs };

/** States that ports were told to be in, once every device is up that is. */
export function portStates(dump: NamespaceDump, roled: readonly RoledLink[]): readonly Command[] {
  const ports = dump.ports();
  return roled.flatMap(({ link }): Command[] => {
    const state = ports.get(link.name)?.state;
    const isUp = link.up && link.carrier;
    return state === undefined || !isUp ? [] : [{ kind: 'link-set', dev: link.name, state }];
  });
}

/** What `wg` told of devices that are emulated. */
export function wireguardConfigurations(
  dump: NamespaceDump,
  roled: readonly RoledLink[],
): readonly Command[] {
  const names = new Set(
    roled.filter(({ role }) => role.kind === 'wireguard').map(({ link }) => link.name),
  );
  return dump.wireguard().filter(({ dev }) => names.has(dev));
}

/** Ports into their bridges, with how these treat them; then everything up that is up. */
export function linkSets(dump: NamespaceDump, roled: readonly RoledLink[]): readonly Command[] {
  const ports = dump.ports();
  const roles = new Map(roled.map(({ link, role }) => [link.name, role.kind]));
  const commands: Command[] = [];
  for (const { link, role } of roled) {
    if (link.master === undefined || role.kind === 'member') continue;
    const masterRole = roles.get(link.master);
    // A port has a state only while it is up.
    const { state: _, ...flags } =
      (masterRole === 'bridge' ? ports.get(link.name) : undefined) ?? {};
    if (masterRole !== 'bridge' && masterRole !== 'opaque') continue;
    commands.push({ kind: 'link-set', dev: link.name, master: link.master, ...flags });
  }
  for (const { link, role } of roled) {
    if (
      role.kind === 'bridge' ||
      (role.kind !== 'member' && firstMtu(link, dump) > link.mtuBytes)
    ) {
      // Joining ports may have changed it.
      commands.push({ kind: 'link-set', dev: link.name, mtuBytes: link.mtuBytes });
    }
    if (link.up && role.kind !== 'member') {
      commands.push({ kind: 'link-set', dev: link.name, up: true });
    }
  }
  return commands;
}
