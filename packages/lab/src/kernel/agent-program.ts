/**
 * The program that works in real network namespaces: Python, because it takes raw sockets and `setns`, which Node
 * does not have. One process holds any number of nameless namespaces by their file descriptors, so that nothing is left
 * of them when it ends, however it ends. It reads one JSON request a line and answers each with one line.
 *
 * A request is a list of steps, carried out in order; `do` names the method of `Agent` that does it. In between it
 * asks what a program does with a frame: one line that begins with a brace, answered by a list of things to send. It is
 * text because it is carried into another process.
 */
export const AGENT_PROGRAM = String.raw`
import ctypes, errno, fcntl, json, os, re, select, socket, struct, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000
ETH_P_ALL = 3
SO_ATTACH_FILTER, SO_TIMESTAMPNS, SOL_PACKET, PACKET_AUXDATA = 26, 35, 263, 8
PACKET_IGNORE_OUTGOING = 23
IP_PKTINFO, IP_RECVERR, IPV6_RECVERR = 8, 11, 25
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, PMTUDISC_DONT, PMTUDISC_DO = 10, 23, 0, 2
PACKET_OUTGOING, CHECKSUM_NOT_READY = 4, 8
SIOCETHTOOL, ETHTOOL_GLINK, ETHTOOL_STXCSUM = 0x8946, 0xa, 0x17
ORIGIN_LOCAL = 1
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}

def name_of(error):
    return errno.errorcode.get(error, str(error))

def enter(fd):
    if libc.setns(fd, NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')

def family_of(address):
    return 6 if ':' in address else 4

# A filter that lets nothing through: the socket answers nothing that comes in, and so sends one segment only.
NOTHING = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))
DEAF = struct.pack('HP', 1, ctypes.addressof(NOTHING))

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
                data, notes, _, (device, _, kind, _, _) = self.tap.recvmsg(65536, 256)
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
            out.append([stamp, name, device, 'out' if kind == PACKET_OUTGOING else 'in', data.hex(), ready])

    def close(self):
        if self.program is not None: self.program.close()
        self.poll.unregister(self.tap)
        self.tap.close()
        for (protocol, _, _), listener in self.listeners.items():
            if protocol == 'udp': self.poll.unregister(listener)
            listener.close()
        os.close(self.fd)

def ask(question):
    sys.stdout.write(json.dumps(question) + '\n')
    sys.stdout.flush()
    return json.loads(sys.stdin.readline())

class Program:
    """The sockets of a program that switches frames, which is asked about each."""
    def __init__(self, space, step):
        self.poll, self.name, self.devices, self.ports = space.poll, step['namespace'], {}, {}
        for device in step['devices']:
            port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            port.bind((device, 0))
            self.devices[device] = port
        for number in step['ports']:
            port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            port.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            port.bind(('0.0.0.0', number))
            self.ports[number] = port
        self.out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        for port in (*self.devices.values(), *self.ports.values()):
            port.setblocking(False)
            self.poll.register(port, select.EPOLLIN)

    def turn(self):
        moved = False
        for device, port in self.devices.items():
            while True:
                try: data = port.recv(65536)
                except (BlockingIOError, InterruptedError): break
                except OSError: continue
                moved = True
                self.take({'device': device, 'hex': data.hex()})
        for number, port in self.ports.items():
            while True:
                try: data, notes, _, sender = port.recvmsg(65536, 256)
                except (BlockingIOError, InterruptedError): break
                except OSError: continue
                moved = True
                to = next((socket.inet_ntoa(value[8:12]) for _, kind, value in notes if kind == IP_PKTINFO), None)
                self.take({'port': number, 'hex': data.hex(), 'source': sender[0], 'destination': to})
        return moved

    def take(self, frame):
        for sent in ask({'namespace': self.name, 'nowMs': time.monotonic() * 1000, **frame}):
            data = bytes.fromhex(sent['hex'])
            try:
                if 'device' in sent: self.devices[sent['device']].send(data)
                else: self.out.sendto(data, (sent['to'], 0))
            except OSError: pass

    def close(self):
        for port in (*self.devices.values(), *self.ports.values()):
            self.poll.unregister(port)
            port.close()
        self.out.close()

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

class Agent:
    def __init__(self):
        self.home = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.spaces = {}
        self.poll = select.epoll()

    def open(self, step):
        self.spaces[step['namespace']] = Space(self.poll)
        return {}

    def close(self, step):
        for space in self.spaces.values(): space.close()
        self.spaces.clear()
        return {}

    def space(self, step):
        space = self.spaces[step['namespace']]
        enter(space.fd)
        return space

    # A namespace in the text stands for its file, which tools take in place of a name.
    def file_of(self, match):
        return ' netns /proc/%d/fd/%d' % (os.getpid(), self.spaces[match.group(1)].fd)

    def run(self, step):
        self.space(step)
        text = re.sub(r' netns (\S+)', self.file_of, step.get('input', ''))
        done = subprocess.run(step['argv'], input=text, capture_output=True, text=True, timeout=60)
        return {'status': done.returncode, 'out': done.stdout, 'err': done.stderr}

    def read(self, step):
        self.space(step)
        try:
            with open(step['path']) as file: return {'text': file.read()}
        except OSError as error:
            return {'errno': name_of(error.errno)}

    def write(self, step):
        self.space(step)
        try:
            fd = os.open(step['path'], os.O_WRONLY)
            try: os.write(fd, step['text'].encode())
            finally: os.close(fd)
            return {}
        except OSError as error:
            return {'errno': name_of(error.errno)}

    def listen(self, step):
        self.space(step).listen(step['protocol'], step['port'])
        return {}

    def program(self, step):
        space = self.space(step)
        space.program = Program(space, step)
        return {}

    def ethtool(self, control, device, order, value):
        buffer = ctypes.create_string_buffer(struct.pack('II', order, value))
        request = struct.pack('16sP16x', device.encode(), ctypes.addressof(buffer))
        try: fcntl.ioctl(control, SIOCETHTOOL, request)
        except OSError: pass

    # Checksums are computed before a frame leaves a device, not left to the next one; and nobody dawdles: asked
    # for the state of a link, the kernel takes notice of it at once, which it else does once a second.
    def settle(self, step):
        self.space(step)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for _, device in socket.if_nameindex():
                if device == 'lo': continue
                self.ethtool(control, device, ETHTOOL_STXCSUM, 0)
                self.ethtool(control, device, ETHTOOL_GLINK, 0)
                for path, text in step.get('neighbour', {}).items():
                    for family in ('ipv4', 'ipv6'):
                        self.write({'namespace': step['namespace'], 'text': text,
                            'path': '/proc/sys/net/%s/neigh/%s/%s' % (family, device, path)})
        return {}

    def wait(self, step):
        time.sleep(step['ms'] / 1000)
        return {}

    # Runs until nothing has moved for as long as the step says.
    def pump(self, client, frames, seconds):
        quiet_at = time.monotonic() + seconds
        give_up_at = quiet_at + 3
        while True:
            moved = False
            for space in self.spaces.values():
                moved = space.echo() or moved
                if space.program is not None: moved = space.program.turn() or moved
            if client is not None: moved = client.look() or moved
            for name, space in self.spaces.items(): moved = space.frames(name, frames) or moved
            now = time.monotonic()
            if moved: quiet_at = max(quiet_at, now + seconds)
            if now >= give_up_at: raise TimeoutError('frames go on without end')
            if now >= quiet_at: return
            self.poll.poll(quiet_at - now)

    def send(self, step):
        self.pump(None, None, 0)
        self.space(step)
        started = time.monotonic()
        frames = []
        client = Client(self.poll, step)
        self.pump(client, frames, step.get('quietMs', 2) / 1000)
        client.close()
        if client.socket is not None: client.socket.close()
        frames.sort(key=lambda frame: frame[0])
        return {'events': client.events, 'frames': frames, 'startedMs': started * 1000}

    def serve(self):
        for line in iter(sys.stdin.readline, ''):
            request = json.loads(line)
            results = []
            for step in request:
                try:
                    results.append(getattr(self, step['do'])(step))
                except Exception as error:
                    results.append({'failure': '%s: %s' % (type(error).__name__, error)})
            enter(self.home)
            sys.stdout.write(json.dumps(results) + '\n')
            sys.stdout.flush()

Agent().serve()
`;
