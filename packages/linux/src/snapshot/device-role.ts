import type { LinkRecord } from '../parse/ip-link.ts';
import { isTunnelKind } from '../parse/tunnel-record.ts';

/** What a device of a dump becomes. */
export type DeviceRole =
  | {
      readonly kind:
        | 'lo'
        | 'veth'
        | 'bridge'
        | 'vxlan'
        | 'ipip'
        | 'sit'
        | 'ip6tnl'
        | 'wireguard'
        | 'dummy';
    }
  /** Leads out of the machine, or to where the snapshot does not reach: one end of a cable to a switch. */
  | { readonly kind: 'uplink' }
  /** Stands for nothing: its bond or team does. */
  | { readonly kind: 'member' }
  | { readonly kind: 'opaque'; readonly what: string };

/** Types that carry frames of the link that they stand on, as if they were a cable to it. */
const LIKE_A_CABLE: ReadonlySet<string> = new Set(['', 'bond', 'team', 'vlan']);

/** What a role depends on beside the device itself. */
export interface RoleContext {
  /** Whether a veth's other end is in the snapshot. */
  isPaired(): boolean;
  /** The type of the device that it is a member of. */
  readonly masterKind: string | undefined;
  /** Whether `wg` told of it. */
  isConfigured(): boolean;
  /** Whether bridges of the namespace call iptables anyway. */
  bridgesCallIptables(): boolean;
}

export function roleOf(link: LinkRecord, context: RoleContext): DeviceRole {
  if (link.linkType === 'loopback') return { kind: 'lo' };
  const emulated = emulatedKind(link, context);
  if (emulated === undefined)
    return { kind: 'opaque', what: link.kind === '' ? link.linkType : link.kind };
  const odd = oddityOf(link, context);
  if (odd !== undefined) return { kind: 'opaque', what: `${emulated} (${odd})` };
  const { masterKind } = context;
  const isMember = emulated === 'uplink' && (masterKind === 'bond' || masterKind === 'team');
  return isMember ? { kind: 'member' } : { kind: emulated };
}

function emulatedKind(
  { kind, linkType }: LinkRecord,
  { isPaired, isConfigured }: RoleContext,
): Exclude<DeviceRole['kind'], 'lo' | 'member' | 'opaque'> | undefined {
  switch (kind) {
    case 'bridge':
    case 'vxlan':
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
    case 'dummy':
      return kind;
    case 'wireguard':
      return isConfigured() ? kind : undefined;
    case 'veth':
      return isPaired() ? 'veth' : 'uplink';
    default:
      return linkType === 'ether' && LIKE_A_CABLE.has(kind) ? 'uplink' : undefined;
  }
}

/** What a device of an emulated type does that is not emulated. */
function oddityOf(link: LinkRecord, { bridgesCallIptables }: RoleContext): string | undefined {
  const { kind, bridge, vxlan, tunnel, noArp } = link;
  if (isTunnelKind(kind)) return tunnel === undefined ? 'without details' : tunnel.unsupported;
  if (noArp && kind !== 'dummy' && kind !== 'wireguard') return 'without ARP';
  if (kind === 'vxlan') return vxlan === undefined ? 'without details' : vxlan.unsupported;
  if (kind !== 'bridge') return undefined;
  if (bridge === undefined) return 'without details';
  const calls = bridge.callsIptables || bridge.callsIp6tables;
  return (
    bridge.unsupported ??
    (calls && !bridgesCallIptables() ? 'calling iptables by itself' : undefined)
  );
}
