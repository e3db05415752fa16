import type { Command } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';

/** What Felix switches on at its start, so that the node routes for its pods. */
export const hostCommands = (families: readonly IpFamily[]): readonly Command[] =>
  families.map((family) => ({
    kind: 'sysctl',
    key: family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding',
    value: 1,
  }));
