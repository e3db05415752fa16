/** The part of the agent's program that stands in for programs which switch frames: it asks what they do with each. */
export const FRAMES = String.raw`
def ask(question):
    sys.stdout.write(json.dumps(question) + '\n')
    sys.stdout.flush()
    return json.loads(sys.stdin.readline())

class Port:
    """A device whose frames nobody else gets, as nobody does by the ports of a datapath."""
    def __init__(self, device):
        chain = 'add chain netdev program c%d { type filter hook ingress device "%s" priority 0; policy drop; }'
        rules = 'add table netdev program\n' + chain % (socket.if_nametoindex(device), device)
        subprocess.run(['nft', '-f', '-'], input=rules, text=True, check=True, timeout=60)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((device, 0))
        self.socket.setblocking(False)
        self.fileno, self.send, self.close = self.socket.fileno, self.socket.send, self.socket.close

    def recv(self):
        return self.socket.recv(65536)

class Tun:
    """The other end of a device of that type; packets without frames get Ethernet headers of zeros."""
    @staticmethod
    def other_end(device):
        for mode in (IFF_TUN, IFF_TAP):
            fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', device.encode(), mode | IFF_NO_PI))
                return Tun(fd, mode)
            except OSError:
                os.close(fd)

    def __init__(self, fd, mode):
        self.fd, self.bare = fd, mode == IFF_TUN

    def fileno(self):
        return self.fd

    def recv(self):
        data = os.read(self.fd, 65536)
        return framed(data) if self.bare else data

    def send(self, data):
        os.write(self.fd, data[14:] if self.bare else data)

    def close(self):
        os.close(self.fd)

def framed(packet):
    return bytes(12) + (b'\x08\x00' if packet[0] >> 4 == 4 else b'\x86\xdd') + packet

class Program:
    """The sockets of a program that switches frames, which is asked about each."""
    def __init__(self, space, step):
        self.poll, self.name, self.devices, self.ports = space.poll, step['namespace'], {}, {}
        present = {device for _, device in socket.if_nameindex()}
        for device in step['devices']:
            if device not in present: raise OSError(errno.ENODEV, device)
            self.devices[device] = Tun.other_end(device) or Port(device)
        for number in step['ports']:
            port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            port.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            port.bind(('0.0.0.0', number))
            self.ports[number] = port
        self.out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        for port in self.ports.values(): port.setblocking(False)
        for port in (*self.devices.values(), *self.ports.values()):
            self.poll.register(port, select.EPOLLIN)

    def turn(self):
        moved = False
        for device, port in self.devices.items():
            while True:
                try: data = port.recv()
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
`;
