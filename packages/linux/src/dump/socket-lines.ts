import type { SocketTable } from '../sockets/socket-table.ts';

const HEADER =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** Kernel numbers of the state that a socket waits in, TCP_LISTEN and for UDP TCP_CLOSE. */
const WAITING = { tcp: '0A', udp: '07' } as const;
const ANY = '0'.repeat(32);

/**
 * `/proc/net/tcp6` and `udp6`, each behind a line with its name: a socket on the unspecified IPv6 address takes either
 * family. SCTP has its sockets elsewhere, where nobody looks.
 */
export const socketLines = (sockets: SocketTable): string =>
  (['tcp', 'udp'] as const)
    .flatMap((protocol) => [
      `== ${protocol}6`,
      HEADER,
      ...sockets.listeningOn(protocol).map((port, index) => {
        const local = `${ANY}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
        const rest = '00000000:00000000 00:00000000 00000000     0        0 0';
        return `${String(index).padStart(4)}: ${local} ${ANY}:0000 ${WAITING[protocol]} ${rest}`;
      }),
    ])
    .map((line) => `${line}\n`)
    .join('');
