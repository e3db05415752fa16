import type { Ip } from '@podpath/net';
import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { AddressType } from '../netfilter/rule.ts';
import { isMulticast, isUnspecified, isZeroNet, LIMITED_BROADCAST } from './address-kinds.ts';
import { refusalOf } from './route-error.ts';

/**
 * What an address is to this namespace: `inet_addr_type` and, for IPv6, what xt_addrtype makes of a
 * route lookup. With a device, only what the device itself has counts as local; `bound`, no IPv6 route counts that
 * leads elsewhere, and every refusal counts as unreachable.
 */
export function addressType(
  namespace: Namespace,
  address: Ip,
  device?: Device,
  bound = false,
): AddressType {
  if (isMulticast(address)) return 'MULTICAST';
  if (typeof address === 'bigint') {
    if (isUnspecified(address)) return 'UNSPEC';
    const found = namespace.ipv6.lookup({
      to: address,
      inDevice: 'lo',
      mark: 0,
      device: bound ? device : undefined,
    });
    const refusal = typeof found === 'string' ? found : refusalOf(found);
    if (!bound && refusal === 'EINVAL') return 'BLACKHOLE';
    if (!bound && refusal === 'EACCES') return 'PROHIBIT';
    if (typeof found === 'string' || refusal !== undefined) return 'UNREACHABLE';
    if (found.type === 'anycast') return 'ANYCAST';
    if (found.type !== 'local') return 'UNICAST';
    return device === undefined || found.device === device ? 'LOCAL' : 'UNICAST';
  }
  if (isZeroNet(address) || address === LIMITED_BROADCAST) return 'BROADCAST';
  const found = namespace.ipv4.lookupLocal(address);
  if (found === undefined || refusalOf(found) !== undefined) return 'UNICAST';
  if (device !== undefined && found.device !== device) return 'UNICAST';
  if (found.type === 'local') return 'LOCAL';
  return found.type === 'broadcast' ? 'BROADCAST' : 'UNICAST';
}
