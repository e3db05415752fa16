export { Ipv4Table } from './ipv4-table.ts';
export { Ipv6Table } from './ipv6-table.ts';
export { NO_MATCH } from './no-match.ts';
