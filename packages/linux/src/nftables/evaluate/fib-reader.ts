import type { AddressType } from '../../netfilter/rule.ts';
import type { NftFib } from '../model/operand.ts';
import { FIB_TYPES } from '../model/symbols.ts';
import type { Evaluation } from './objects.ts';
import { numberReader, type Reader } from './readers.ts';

/** Asks routing about an address of the packet (net/netfilter/nft_fib.c). */
export const fibReader = (fib: NftFib): Reader => {
  switch (fib.result) {
    case 'type':
      return numberReader(({ view, env }) => {
        const { inDevice, outDevice } = view.context;
        const device =
          fib.device === 'iif' ? inDevice : fib.device === 'oif' ? outDevice : undefined;
        const address = fib.address === 'saddr' ? view.src : view.dst;
        return TYPES[env.addressType(address, device)];
      });
    case 'oif':
      return numberReader((at) => {
        const name = routeDevice(fib, at);
        return name === undefined ? 0 : at.env.deviceIndex(name);
      });
    case 'oifname':
      return { kind: 'name', read: (at) => routeDevice(fib, at) ?? '' };
    case 'present':
      return numberReader((at) => (routeDevice(fib, at) === undefined ? 0 : 1));
  }
};

const routeDevice = (fib: NftFib, { view, env }: Evaluation): string | undefined =>
  env.routeDevice(view.context, view.hook, fib);

const TYPES: Readonly<Record<AddressType, number>> = {
  UNSPEC: FIB_TYPES.unspec,
  UNICAST: FIB_TYPES.unicast,
  LOCAL: FIB_TYPES.local,
  BROADCAST: FIB_TYPES.broadcast,
  ANYCAST: FIB_TYPES.anycast,
  MULTICAST: FIB_TYPES.multicast,
  BLACKHOLE: FIB_TYPES.blackhole,
  UNREACHABLE: FIB_TYPES.unreachable,
  PROHIBIT: FIB_TYPES.prohibit,
};
