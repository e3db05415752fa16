import type { Ip } from '@podpath/net';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { AddressType, Match } from '../rule.ts';
import type { MatchFunction } from './match-function.ts';

type AddressTypeMatch = Extract<Match, { readonly kind: 'address-type' }>;
type Side = NonNullable<AddressTypeMatch['source']>;

/** `-m addrtype` (net/netfilter/xt_addrtype.c). */
export const matchAddressType = (
  { source, destination, limitInterface }: AddressTypeMatch,
  env: NetfilterEnvironment,
): MatchFunction => {
  const sourceIs = source && testOf(source, env);
  const destinationIs = destination && testOf(destination, env);
  return (view) => {
    const { inDevice, outDevice } = view.context;
    const device =
      limitInterface === 'in' ? inDevice : limitInterface === 'out' ? outDevice : undefined;
    return (
      (sourceIs === undefined || sourceIs(view.src, device)) &&
      (destinationIs === undefined || destinationIs(view.dst, device))
    );
  };
};

type Test = (address: Ip, device: string | undefined) => boolean;

const testOf = ({ type, invert = false }: Side, env: NetfilterEnvironment): Test => {
  const types = typeof type === 'string' ? [type] : type;
  const isOneOf = (address: Ip, device: string | undefined): boolean =>
    types.includes(env.addressType(address, device, true));
  const ofIpv6 = testOfIpv6(types, isOneOf);
  return (address, device) =>
    (typeof address === 'number' ? isOneOf : ofIpv6)(address, device) !== invert;
};

/** Types that take a look at the routes. */
const ROUTED: readonly AddressType[] = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];

/**
 * In IPv6 only some types are what a route lookup finds. The others are read off the address and have to hold
 * all at once; a local address, too, is UNICAST.
 */
const testOfIpv6 = (types: readonly AddressType[], isOneOf: Test): Test => {
  const multicast = types.includes('MULTICAST');
  const unicast = types.includes('UNICAST');
  const unspecified = types.includes('UNSPEC');
  const looksUp = types.some((type) => ROUTED.includes(type));
  return (address, device) => {
    const isMulticast = address >= FIRST_MULTICAST;
    if (multicast && !isMulticast) return false;
    if (unicast && (isMulticast || address === 0n)) return false;
    if (unspecified && address !== 0n) return false;
    return !looksUp || isOneOf(address, device);
  };
};

const FIRST_MULTICAST = 0xffn << 120n;
