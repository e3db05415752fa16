import type { IpPacket } from '@podpath/net';
import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import {
  isLinkLocal,
  isMulticast,
  isOfLink,
  isUnspecified,
  isZeroNet,
  LIMITED_BROADCAST,
} from './address-kinds.ts';
import { usesDevice } from './multipath.ts';
import { refusalOf } from './route-error.ts';

/** What is asked about a packet, and the devices that it came in and goes out by. */
export interface RouteQuestion {
  /** The end of the packet that the route would lead to. */
  readonly towards: 'source' | 'destination';
  readonly mark: number;
  /** The route must be able to use this device. */
  readonly device: Device | undefined;
  readonly input: Device | undefined;
  /** The packet is on its way in: not yet routed, or for this host. */
  readonly incoming: boolean;
}

/**
 * The device of the route to one end of a packet, as nftables' `fib … oif` sees it
 * (net/ipv4/netfilter/nft_fib_ipv4.c, net/ipv6/netfilter/nft_fib_ipv6.c).
 */
export function routeDevice(
  namespace: Namespace,
  packet: IpPacket,
  question: RouteQuestion,
): Device | undefined {
  const { input } = question;
  if (question.incoming && input?.type === 'lo') return input;
  return packet.kind === 'ipv4'
    ? ipv4Device(namespace, packet, question)
    : ipv6Device(namespace, packet, question);
}

type Ends<P> = Pick<Extract<IpPacket, P>, 'src' | 'dst'>;

function ipv4Device(
  namespace: Namespace,
  { src, dst }: Ends<{ kind: 'ipv4' }>,
  { towards, mark, device, input }: RouteQuestion,
): Device | undefined {
  if (isZeroNet(src) && (dst === LIMITED_BROADCAST || isLocalMulticast(dst))) return input;
  const [to, other] = towards === 'source' ? [src, dst] : [dst, src];
  const from =
    isMulticast(other) || other === LIMITED_BROADCAST || isZeroNet(other) ? undefined : other;
  const found = namespace.ipv4.lookup({ to, from, inDevice: 'lo', mark, ignoreLinkState: true });
  if (typeof found === 'string' || refusalOf(found) !== undefined || found.type === 'local') {
    return undefined;
  }
  if (device === undefined) return found.device;
  return usesDevice(found, device) ? device : undefined;
}

/** 224.0.0.0/24. */
const isLocalMulticast = (address: number): boolean => address >>> 8 === 0xe0_0000;

function ipv6Device(
  namespace: Namespace,
  { src, dst }: Ends<{ kind: 'ipv6' }>,
  { towards, mark, device, input, incoming }: RouteQuestion,
): Device | undefined {
  // Neighbour discovery from a host that has no address yet.
  if (incoming && isUnspecified(src) && (isLinkLocal(dst) || isMulticast(dst))) return input;
  const [to, other] = towards === 'source' ? [src, dst] : [dst, src];
  const from = isMulticast(other) ? undefined : other;
  const by = isOfLink(to) ? (device ?? input) : undefined;
  const found = namespace.ipv6.lookup({
    to,
    from,
    inDevice: 'lo',
    mark,
    ...(by === undefined ? {} : { device: by }),
  });
  if (typeof found === 'string' || refusalOf(found) !== undefined || found.type === 'local') {
    return undefined;
  }
  if (device === undefined) return found.device;
  return usesDevice(found, device) ? device : undefined;
}
