/** The part of the agent's program that holds namespaces: their listening sockets, and what is captured in them. */
export const SPACES = String.raw`
class Space:
    def __init__(self, poll):
        if libc.unshare(NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'unshare')
        self.fd = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.poll = poll
        self.listeners = {}
        self.program = None
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.tap.setblocking(False)
        self.tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        poll.register(self.tap, select.EPOLLIN)

    def listen(self, protocol, port):
        for family in (4, 6):
            if (protocol, family, port) in self.listeners:
                continue
            kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
            try:
                listener = socket.socket(FAMILY[family], kind)
            except OSError:
                if family == 6: continue
                raise
            listener.setblocking(False)
            if family == 6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            listener.bind(('::' if family == 6 else '0.0.0.0', port))
            if protocol == 'tcp':
                listener.listen(64)
            else:
                self.poll.register(listener, select.EPOLLIN)
            self.listeners[(protocol, family, port)] = listener

    # Every datagram goes back as it came, from the address that it was sent to.
    def echo(self):
        moved = False
        for (protocol, family, _), listener in self.listeners.items():
            if protocol != 'udp': continue
            while True:
                try:
                    data, notes, _, sender = listener.recvmsg(65536, 256)
                except BlockingIOError:
                    break
                except OSError:
                    moved = True
                    continue
                moved = True
                for level, kind, value in notes:
                    if family == 4 and (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
                        note = (level, kind, struct.pack('I4s4s', 0, value[4:8], b'\0' * 4))
                    elif family == 6 and (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
                        scoped = value[0:2] == b'\xfe\x80'
                        note = (level, kind, value[:16] + (value[16:20] if scoped else b'\0' * 4))
                    else:
                        continue
                    try: listener.sendmsg([data], [note], 0, sender)
                    except OSError: pass
        return moved

    def frames(self, name, out):
        moved = False
        while True:
            try:
                data, notes, _, (device, _, kind, hardware, _) = self.tap.recvmsg(65536, 256)
            except BlockingIOError:
                return moved
            except OSError:
                continue
            # What loops back is seen going out and coming in: once is enough.
            if device == 'lo' and kind == PACKET_OUTGOING: continue
            moved = True
            if out is None: continue
            stamp, ready = 0, True
            for level, what, value in notes:
                if level == socket.SOL_SOCKET and what == SO_TIMESTAMPNS:
                    seconds, nanos = struct.unpack('qq', value[:16])
                    stamp = seconds * 1000000000 + nanos
                elif level == SOL_PACKET and what == PACKET_AUXDATA:
                    ready = not struct.unpack('I', value[:4])[0] & CHECKSUM_NOT_READY
            if hardware == ARPHRD_NONE: data = framed(data)
            out.append([stamp, name, device, 'out' if kind == PACKET_OUTGOING else 'in', data.hex(), ready])

    def close(self):
        if self.program is not None: self.program.close()
        self.poll.unregister(self.tap)
        self.tap.close()
        for (protocol, _, _), listener in self.listeners.items():
            if protocol == 'udp': self.poll.unregister(listener)
            listener.close()
        os.close(self.fd)
`;
