/** The part of the agent's program that sends, and listens to what the sender is told. */
export const CLIENTS = `
class Client:
    """A socket that sends a first packet, and what it is told."""
    def __init__(self, poll, step):
        self.poll, self.step, self.events = poll, step, []
        self.protocol, self.family = step['protocol'], family_of(step['to'])
        self.to = socket.inet_pton(FAMILY[self.family], step['to'])
        self.socket = self.watch = None
        try:
            self.send()
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                self.events.append({'kind': 'error', 'errno': name_of(error.errno)})
        self.registered = [each for each in {self.socket, self.watch} if each is not None]
        for each in self.registered:
            poll.register(each, select.EPOLLIN)

    def send(self):
        step, family, protocol = self.step, self.family, self.protocol
        v6 = family == 6
        port = 0 if protocol == 'icmp' else step['sourcePort']
        number = (58 if v6 else 1) if protocol == 'icmp' else 0
        kind = {'tcp': socket.SOCK_STREAM, 'udp': socket.SOCK_DGRAM, 'icmp': socket.SOCK_RAW}[protocol]
        sock = self.socket = socket.socket(FAMILY[family], kind, number)
        sock.setblocking(False)
        level = socket.IPPROTO_IPV6 if v6 else socket.IPPROTO_IP
        sock.setsockopt(level, IPV6_RECVERR if v6 else IP_RECVERR, 1)
        if 'ttl' in step:
            sock.setsockopt(level, socket.IPV6_UNICAST_HOPS if v6 else socket.IP_TTL, step['ttl'])
        if 'dontFragment' in step:
            discover = PMTUDISC_DO if step['dontFragment'] else PMTUDISC_DONT
            sock.setsockopt(level, IPV6_MTU_DISCOVER if v6 else IP_MTU_DISCOVER, discover)
        if protocol == 'tcp':
            sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, DEAF)
            self.watch = socket.socket(FAMILY[family], socket.SOCK_RAW, socket.IPPROTO_TCP)
            if v6: self.watch.setsockopt(level, socket.IPV6_RECVPKTINFO, 1)
            self.watch.setblocking(False)
        sock.bind((step.get('source', '::' if v6 else '0.0.0.0'), port))
        if protocol == 'tcp':
            sock.connect((step['to'], step['port']))
        elif protocol == 'udp':
            # Connected, as most programs' sockets are: what comes from elsewhere is not for it.
            sock.connect((step['to'], step['port']))
            sock.send(bytes(step.get('bytes', 0)))
        elif protocol == 'icmp':
            message = struct.pack('!BBHHH', 128 if v6 else 8, 0, 0, step['sourcePort'], 1)
            message += bytes(step.get('bytes', 56))
            if not v6:
                total = sum(struct.unpack('!%dH' % (len(message) // 2), message[: len(message) & ~1]))
                if len(message) & 1: total += message[-1] << 8
                while total >> 16: total = (total & 0xffff) + (total >> 16)
                message = message[:2] + struct.pack('!H', ~total & 0xffff) + message[4:]
            sock.sendto(message, (step['to'], 0))

    # The error queue first: it knows more than the error that it leaves behind.
    def look(self):
        moved = False
        if self.socket is None: return moved
        while True:
            try:
                _, notes, _, about = self.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            except OSError:
                break
            moved = True
            # A socket that is not connected also hears of packets that NAT has sent astray.
            if about and not self.is_peer(about): continue
            for _, _, value in notes:
                if len(value) < 16: continue
                code, origin, kind, subkind = struct.unpack('IBBB', value[:7])
                if origin == ORIGIN_LOCAL:
                    self.events.append({'kind': 'error', 'errno': name_of(code)})
                    continue
                family = struct.unpack('H', value[16:18])[0] if len(value) >= 32 else 0
                sender = (socket.inet_ntop(socket.AF_INET, value[20:24]) if family == socket.AF_INET else
                          socket.inet_ntop(socket.AF_INET6, value[24:40]) if family == socket.AF_INET6 else None)
                self.events.append({'kind': 'icmp', 'errno': name_of(code), 'type': kind, 'code': subkind, 'from': sender})
        pending = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if pending: moved = True
        if pending and not any('errno' in event for event in self.events):
            self.events.append({'kind': 'error', 'errno': name_of(pending)})
        if self.protocol == 'tcp':
            return self.segments() or moved
        while True:
            try:
                data, sender = self.socket.recvfrom(65536)
            except BlockingIOError:
                return moved
            except OSError:
                moved = True
                continue
            moved = True
            if self.is_peer(sender): self.take(data, sender[1])

    def is_peer(self, address):
        return socket.inet_pton(FAMILY[self.family], address[0].split('%')[0]) == self.to

    def take(self, data, port):
        if self.protocol == 'udp':
            if port == self.step['port']: self.events.append({'kind': 'answer', 'bytes': len(data)})
            return
        message = data[(data[0] & 15) * 4:] if self.family == 4 else data
        reply = 0 if self.family == 4 else 129
        if message[0] == reply and struct.unpack('!H', message[4:6])[0] == self.step['sourcePort']:
            self.events.append({'kind': 'answer', 'bytes': len(message) - 8})

    def segments(self):
        moved = False
        if self.watch is None: return moved
        while True:
            try:
                data, notes, _, sender = self.watch.recvmsg(65536, 256)
            except BlockingIOError:
                return moved
            # The raw socket hears what is for others too, such as what NAT has sent astray.
            to = data[16:20] if self.family == 4 else b''.join(
                value[:16] for _, kind, value in notes if kind == socket.IPV6_PKTINFO)
            own = self.socket.getsockname()[0].split('%')[0]
            if not self.is_peer(sender) or to != socket.inet_pton(FAMILY[self.family], own): continue
            segment = data[(data[0] & 15) * 4:] if self.family == 4 else data
            ports = struct.unpack('!HH', segment[:4])
            if ports != (self.step['port'], self.step['sourcePort']): continue
            moved = True
            if segment[13] & 4: self.events.append({'kind': 'reset'})
            elif segment[13] & 18 == 18: self.events.append({'kind': 'answer', 'bytes': 0})

    def close(self):
        for each in self.registered:
            self.poll.unregister(each)
            each.close()
`;
