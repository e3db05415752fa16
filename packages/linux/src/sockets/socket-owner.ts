import type { SocketOwner } from '../netfilter/packet-context.ts';

/** Processes run as root unless somebody says otherwise. */
export const ROOT: SocketOwner = { uid: 0, gid: 0 };
