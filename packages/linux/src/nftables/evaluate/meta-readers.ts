import type { PacketContext } from '../../netfilter/packet-context.ts';
import type { NftField } from '../model/field.ts';
import { IPV4, IPV6 } from '../model/symbols.ts';
import { etherType } from './packet-readers.ts';
import { numberReader, type Reader } from './readers.ts';

/** Reads what the kernel knows of a packet beside its bytes (net/netfilter/nft_meta.c). */
export const metaReader = (field: Extract<NftField, `meta ${string}`>): Reader => {
  switch (field) {
    case 'meta mark':
      return numberReader(({ view }) => view.context.mark);
    case 'meta iifname':
      return { kind: 'name', read: ({ view }) => view.context.inDevice ?? '' };
    case 'meta oifname':
      return { kind: 'name', read: ({ view }) => view.context.outDevice ?? '' };
    case 'meta ibrname':
      return { kind: 'name', read: ({ view }) => view.context.link?.bridgeIn ?? '' };
    case 'meta obrname':
      return { kind: 'name', read: ({ view }) => view.context.link?.bridgeOut ?? '' };
    case 'meta iif':
      return numberReader(({ view, env }) => deviceNumber(view.context.inDevice, env));
    case 'meta oif':
      return numberReader(({ view, env }) => deviceNumber(view.context.outDevice, env));
    case 'meta l4proto':
      return numberReader(({ view }) => view.protocol);
    case 'meta nfproto':
      return numberReader(({ view }) => (view.family === 4 ? IPV4 : IPV6));
    case 'meta protocol':
      return numberReader(({ view }) => view.context.link?.protocol ?? etherType(view));
    case 'meta pkttype':
      return numberReader(({ view }) => AUDIENCES[view.context.audience ?? 'host']);
  }
};

const AUDIENCES = {
  host: 0,
  broadcast: 1,
  multicast: 2,
  otherhost: 3,
} as const satisfies Record<NonNullable<PacketContext['audience']>, number>;

const deviceNumber = (
  name: string | undefined,
  env: { deviceIndex(name: string): number },
): number => (name === undefined ? 0 : env.deviceIndex(name));
