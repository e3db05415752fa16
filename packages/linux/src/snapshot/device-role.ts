import type { LinkRecord } from '../parse/ip-link.ts';

/** What a device of a dump becomes. */
export type DeviceRole =
  | { readonly kind: 'lo' | 'veth' | 'bridge' | 'vxlan' | 'ipip' | 'dummy' }
  /** Leads out of the machine, or to where the snapshot does not reach: one end of a cable to a switch. */
  | { readonly kind: 'uplink' }
  /** Stands for nothing: its bond or team does. */
  | { readonly kind: 'member' }
  | { readonly kind: 'opaque'; readonly what: string };

/** Types that carry frames of the link that they stand on, as if they were a cable to it. */
const LIKE_A_CABLE: ReadonlySet<string> = new Set(['', 'bond', 'team', 'vlan']);

/** `isPaired`: whether a veth's other end is in the snapshot. `masterKind`: the type of the device it is a member of. */
export function roleOf(
  link: LinkRecord,
  isPaired: () => boolean,
  masterKind: string | undefined,
): DeviceRole {
  if (link.linkType === 'loopback') return { kind: 'lo' };
  const { kind } = link;
  if (kind === 'dummy') return { kind };
  if (kind === 'bridge') {
    const what = link.bridge === undefined ? 'bridge (without details)' : link.bridge.unsupported;
    return what === undefined ? { kind } : { kind: 'opaque', what };
  }
  if (kind === 'vxlan') {
    const what = link.vxlan === undefined ? 'vxlan (without details)' : link.vxlan.unsupported;
    return what === undefined ? { kind } : { kind: 'opaque', what };
  }
  if (kind === 'ipip') {
    const what = link.ipip === undefined ? 'ipip (without details)' : link.ipip.unsupported;
    return what === undefined ? { kind } : { kind: 'opaque', what };
  }
  if (kind === 'veth' && isPaired()) return { kind };
  const ethernet = link.linkType === 'ether' && (kind === 'veth' || LIKE_A_CABLE.has(kind));
  if (!ethernet) return { kind: 'opaque', what: kind === '' ? link.linkType : kind };
  return masterKind === 'bond' || masterKind === 'team' ? { kind: 'member' } : { kind: 'uplink' };
}
