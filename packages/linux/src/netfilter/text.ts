export { formatIpsetCommands } from './text/ipset-text.ts';
export { formatIptablesCommands } from './text/iptables-text.ts';
export { formatRule } from './text/rule-text.ts';
