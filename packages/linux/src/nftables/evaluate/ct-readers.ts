import { type Ip, ipv6Words } from '@podpath/net';
import { trackedEntry } from '../../netfilter/conntrack/attachment.ts';
import { Attachment, type ConntrackEntry } from '../../netfilter/conntrack/entry.ts';
import { Status } from '../../netfilter/conntrack/status.ts';
import type { NftField } from '../model/field.ts';
import { CT_STATE, CT_STATUS } from '../model/symbols.ts';
import type { Evaluation } from './objects.ts';
import { ABSENT, numberReader, type Reader } from './readers.ts';

type CtField = Extract<NftField, `ct ${string}`>;

/** Reads a packet's connection (net/netfilter/nft_ct.c). Without one only the state can be read. */
export const ctReader = (field: CtField): Reader => {
  switch (field) {
    case 'ct state':
      return numberReader(({ view }) => STATE_BITS[view.context.conntrack?.state ?? 'INVALID']);
    case 'ct status':
      return ofEntry(statusBits);
    case 'ct mark':
      return ofEntry((entry) => entry.mark);
    case 'ct direction':
      return numberReader(({ view }) => {
        const attached = view.context.conntrack;
        if (!(attached instanceof Attachment) || attached.entry === undefined) return ABSENT;
        return attached.isReply ? 1 : 0;
      });
    default:
      return tupleReader(field);
  }
};

const tupleReader = (field: Extract<CtField, `ct ${'original' | 'reply'} ${string}`>): Reader => {
  const isReply = field.startsWith('ct reply');
  const end = field.slice(isReply ? 'ct reply '.length : 'ct original '.length);
  switch (end) {
    case 'ip saddr':
      return ofEntry((entry) => ipv4Of(entry.tuple(isReply).src));
    case 'ip daddr':
      return ofEntry((entry) => ipv4Of(entry.tuple(isReply).dst));
    case 'ip6 saddr':
      return ipv6Reader((entry) => entry.tuple(isReply).src);
    case 'ip6 daddr':
      return ipv6Reader((entry) => entry.tuple(isReply).dst);
    case 'proto-src':
      return ofEntry((entry) => entry.tuple(isReply).srcPort);
    default:
      return ofEntry((entry) => entry.tuple(isReply).dstPort);
  }
};

const STATE_BITS = {
  INVALID: CT_STATE.invalid,
  NEW: CT_STATE.new,
  ESTABLISHED: CT_STATE.established,
  RELATED: CT_STATE.related,
  UNTRACKED: CT_STATE.untracked,
} as const;

const statusBits = ({ status }: ConntrackEntry): number =>
  ((status & Status.SEEN_REPLY) !== 0 ? CT_STATUS['seen-reply'] : 0) |
  ((status & Status.ASSURED) !== 0 ? CT_STATUS.assured : 0) |
  ((status & Status.CONFIRMED) !== 0 ? CT_STATUS.confirmed : 0) |
  ((status & Status.SRC_NAT) !== 0 ? CT_STATUS.snat : 0) |
  ((status & Status.DST_NAT) !== 0 ? CT_STATUS.dnat : 0) |
  ((status & Status.SRC_NAT_DONE) !== 0 ? SRC_NAT_DONE : 0) |
  ((status & Status.DST_NAT_DONE) !== 0 ? DST_NAT_DONE : 0);

/** Bits that nft has no names for (IPS_SRC_NAT_DONE, IPS_DST_NAT_DONE). */
const SRC_NAT_DONE = 128;
const DST_NAT_DONE = 256;

const ofEntry = (read: (entry: ConntrackEntry) => number): Reader =>
  numberReader(({ view }) => {
    const entry = trackedEntry(view.context.conntrack);
    return entry === undefined ? ABSENT : read(entry);
  });

const ipv4Of = (address: Ip): number => (typeof address === 'number' ? address : ABSENT);

const ipv6Reader = (read: (entry: ConntrackEntry) => Ip): Reader => {
  const words = new Uint32Array(4);
  return {
    kind: 'ipv6',
    read: ({ view }: Evaluation) => {
      const entry = trackedEntry(view.context.conntrack);
      const address = entry === undefined ? undefined : read(entry);
      if (typeof address !== 'bigint') return undefined;
      words.set(ipv6Words(address));
      return words;
    },
  };
};
