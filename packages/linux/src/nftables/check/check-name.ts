import { refuse } from './refuse.ts';

const LONGEST_NAME = 255;

/** Words that nft does not take for names where an object is named. */
const RESERVED: ReadonlySet<string> = new Set(
  `accept add ah and arp auto-merge bridge cgroup chain comment comp constant continue counter cpu create ct
  day dccp define delete describe device devices dnat drop dst dup dynamic ecn element elements eq esp ether
  exists expires export fib flags flow flowtable flush frag fwd gc-interval get goto gt handle hook hour
  ibriport ibrname icmp icmpv6 igmp iif iifgroup iifname iiftype import index inet insert interval ip ip6
  ipsec jhash jump limit list log lt map mark masquerade meta meter mh missing monitor netdev nftrace not
  notrack numgen obriport obrname offload oif oifgroup oifname oiftype or osf pkttype position priority queue
  quota random redefine redirect reject rename replace reset return rt rt0 rt2 rtclassid rule ruleset sctp
  secmark set size skgid skuid snat socket srh symhash synproxy table tcp th time timeout tproxy type typeof
  udp udplite undefine update vlan vmap xor xt`.split(/\s+/),
);

/** Throws `Refused` for a name that nft would not read. */
export const checkName = (name: string, what: string): void => {
  if (!isName(name)) refuse('EINVAL', `"${name}" is no name for a ${what}`);
  if (name.length > LONGEST_NAME) refuse('ERANGE', `the name of the ${what} is too long`);
};

const isName = (text: string): boolean =>
  /^[A-Za-z_.][A-Za-z0-9/\\_.-]*$/.test(text) && !RESERVED.has(text);
