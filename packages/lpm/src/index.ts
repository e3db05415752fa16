export type { Ipv4Entry } from './ipv4-levels.ts';
export { type Ipv4Structure, Ipv4Table, type Ipv4TableOptions } from './ipv4-table.ts';
export {
  type Ipv6Entry,
  type Ipv6Structure,
  Ipv6Table,
  type Ipv6TableOptions,
} from './ipv6-table.ts';
export { NO_MATCH } from './no-match.ts';
