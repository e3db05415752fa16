import { CLIENTS } from './agent-clients.ts';
import { FRAMES } from './agent-frames.ts';
import { SPACES } from './agent-spaces.ts';

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
ARPHRD_NONE = 65534
TUNSETIFF, IFF_TUN, IFF_TAP, IFF_NO_PI = 0x400454ca, 1, 2, 0x1000
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

${SPACES}
${FRAMES}
${CLIENTS}
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

    def forge(self, step):
        self.pump(None, None, 0)
        self.space(step)
        started = time.monotonic()
        frames = []
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            try:
                sock.bind((step['device'], 0))
                sock.send(bytes.fromhex(step['hex']))
            except OSError: pass
        self.pump(None, frames, step['quietMs'] / 1000)
        frames.sort(key=lambda frame: frame[0])
        return {'events': [], 'frames': frames, 'startedMs': started * 1000}

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
