import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { testIo } from '../test-io.ts';

const LO =
  '{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","address":"00:00:00:00:00:00"}';
const OFF = 'net.ipv6.conf.all.disable_ipv6 = 1\n';

const RULES = {
  'ip-4-rule.json':
    '[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"},{"priority":32767,"src":"all","table":"default"}]',
  'ip-6-rule.json': '[]',
};
const local = (dev: string, address: string): string =>
  `{"type":"local","dst":"${address}","dev":"${dev}","table":"local","protocol":"kernel","scope":"host","prefsrc":"${address.replace('.0.0.0/8', '.0.0.1')}","flags":[]}`;
const LOOPBACK = `${local('lo', '127.0.0.0/8')},${local('lo', '127.0.0.1')}`;

/** One node with a router, and one pod on it, as the collecting script writes them. */
const NODE: Readonly<Record<string, string>> = {
  'ip-link.json': `[${LO},
{"ifindex":2,"ifname":"eth0","flags":["UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:02"},
{"ifindex":3,"link_index":2,"ifname":"veth1","flags":["UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:03","link_netnsid":0,"linkinfo":{"info_kind":"veth"}}]`,
  'ip-address.json': `[{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8,"scope":"host"}]},
{"ifname":"eth0","addr_info":[{"local":"192.168.0.1","prefixlen":24,"scope":"global"}]},
{"ifname":"veth1","addr_info":[{"local":"10.1.0.1","prefixlen":24,"scope":"global"}]}]`,
  'ip-4-route.json': `[{"dst":"default","gateway":"192.168.0.254","dev":"eth0","flags":[]},
{"dst":"10.1.0.0/24","dev":"veth1","protocol":"kernel","scope":"link","prefsrc":"10.1.0.1","flags":[]},
{"dst":"192.168.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.168.0.1","flags":[]},
${LOOPBACK},${local('eth0', '192.168.0.1')},${local('veth1', '10.1.0.1')}]`,
  'ip-6-route.json': '[]',
  ...RULES,
  'iptables-save.txt': `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -p tcp -m tcp --dport 25 -j DROP
-A FORWARD -p tcp -m tcp --dport 26 -m bpf --bytecode "1,6 0 0 1" -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.1.0.0/24 -o eth0 -j MASQUERADE
COMMIT
`,
  'sysctl.txt': `${OFF}net.ipv4.ip_forward = 1\n`,
  'sockets.txt': '== tcp\n   0: 00000000:0016 00000000:0000 0A 0:0 00:0 0\n',
};

const POD: Readonly<Record<string, string>> = {
  'ip-link.json': `[${LO},
{"ifindex":2,"link_index":3,"ifname":"eth0","flags":["UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:04","link_netnsid":0,"linkinfo":{"info_kind":"veth"}}]`,
  'ip-address.json': `[{"ifname":"lo","addr_info":[{"local":"127.0.0.1","prefixlen":8,"scope":"host"}]},
{"ifname":"eth0","addr_info":[{"local":"10.1.0.2","prefixlen":24,"scope":"global"}]}]`,
  'ip-4-route.json': `[{"dst":"default","gateway":"10.1.0.1","dev":"eth0","flags":[]},
{"dst":"10.1.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.1.0.2","flags":[]},
${LOOPBACK},${local('eth0', '10.1.0.2')}]`,
  'ip-6-route.json': '[]',
  ...RULES,
  'iptables-save.txt': '',
  'sysctl.txt': OFF,
  'sockets.txt': '== tcp\n   0: 00000000:1F90 00000000:0000 0A 0:0 00:0 0\n',
};

let folder = '';
const write = (path: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(join(folder, path), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-snapshot-cli-'));
  write('snap/node-1', NODE);
  write('snap/node-1/namespaces/web', POD);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const io = testIo(folder);
  const code = await runCli(args, io);
  return { code, ...io.written };
}

const trace = (...args: readonly string[]) => run('trace', '--snapshot', 'snap', ...args);

describe('podpath trace --snapshot', () => {
  it('shows the way, how it ended, and on standard error what was assumed', async () => {
    const { code, out, err } = await trace(
      '--from',
      'ns:node-1/web',
      '--to',
      '198.51.100.7',
      '--port',
      '443',
    );
    expect(code).toBe(0);
    expect(out).toContain('snap: ns:node-1/web → 198.51.100.7 TCP 443: delivered\n');
    expect(out).toContain('nat POSTROUTING 1: -s 10.1.0.0/24 -o eth0 -j MASQUERADE');
    expect(out.split('\n').filter((line) => /^(pod|node|underlay|outside)/.test(line))).toEqual([
      ...['pod/node-1/web', 'node/node-1', 'underlay', 'outside'],
      ...['outside', 'underlay', 'node/node-1', 'pod/node-1/web'],
    ]);
    expect(err).toContain(
      'note: taken to be on one link: eth0 of node-1, with a router at 192.168.0.254\n',
    );
    expect(err).toContain(
      'note: 198.51.100.7 is in no namespace: taken to be a host beyond the router',
    );
  });

  it('tells refused, dropped and undecided apart', async () => {
    const ended = async (port: string) =>
      /TCP \d+: (\S+)\n {2}(.*)\n/
        .exec((await trace('--from', 'ns:node-1/web', '--to', '198.51.100.7', '--port', port)).out)
        ?.slice(1);
    expect(await ended('25')).toEqual(['dropped', 'rule 1 of filter FORWARD']);
    expect(await ended('26')).toEqual([
      'undecided',
      'rule 2 of filter FORWARD uses -m bpf, which podpath does not emulate',
    ]);
    const { out } = await trace(
      '--from',
      'ns:node-1/web',
      '--to',
      'ip:192.168.0.1',
      '--port',
      '23',
    );
    expect(out).toContain('TCP 23: refused\n');
  });

  it('gives JSON with its notes', async () => {
    const { out, err } = await trace(
      '--from',
      'ip:203.0.113.5',
      '--to',
      '192.168.0.1',
      '--port',
      '22',
      '--format',
      'json',
    );
    expect(JSON.parse(out)).toMatchObject({
      snapshot: 'snap',
      flow: { from: 'ip:203.0.113.5', to: '192.168.0.1', protocol: 'TCP', port: 22 },
      outcome: 'delivered',
      replyOutcome: 'delivered',
      notes: [
        expect.stringContaining('taken to be on one link'),
        expect.stringContaining('203.0.113.5'),
        'node/node-1: what a packet meets of this is not emulated: -m bpf',
      ],
    });
    expect(err).toBe('');
  });

  it('gives a capture', async () => {
    const { code } = await trace(
      '--from',
      'ns:node-1/web',
      '--to',
      '10.1.0.1',
      '--protocol',
      'icmp',
      '--format',
      'pcapng',
      '--output',
      'way.pcapng',
    );
    expect(code).toBe(0);
    const bytes = readFileSync(join(folder, 'way.pcapng'));
    expect(bytes.subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
    const dissected = spawnSync('tshark', ['-r', join(folder, 'way.pcapng')], { encoding: 'utf8' });
    if (dissected.error === undefined)
      expect(dissected.stdout).toMatch(/10\.1\.0\.2 → 10\.1\.0\.1 +ICMP .*Echo \(ping\) request/);
    else console.log('the capture is not dissected: tshark is not installed');
  });

  it.each([
    [
      ['--from', 'node:x', '--to', '10.1.0.2', '--port', '80'],
      "node:x: there is no node 'x'; expected one of node-1",
    ],
    [
      ['--from', 'web', '--to', '10.1.0.2', '--port', '80'],
      'web: not an end of a flow; expected node:NAME, ns:NODE/NAMESPACE or ip:ADDRESS',
    ],
    [
      ['--from', 'node:node-1', '--to', 'web', '--port', '80'],
      "--to: 'web'; with --snapshot, expected an IP address",
    ],
    [['--from', 'node:node-1', '--to', '10.1.0.2'], '--port is missing; TCP needs one'],
    [
      ['--from', 'ip:10.1.0.2', '--to', 'fd00::1', '--port', '80'],
      '--from ip:10.1.0.2 and --to fd00::1 are of different families',
    ],
    [
      ['shop.yaml', '--from', 'node:node-1', '--to', '10.1.0.2', '--port', '80'],
      '--snapshot takes the place of manifests: name one or the other',
    ],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, err } = await trace(...args);
    expect(code).toBe(2);
    expect(err).toContain(`podpath: ${message}`);
  });

  it('says what is wrong with the files', async () => {
    const flow = ['--from', 'ns:node-1/web', '--to', '10.1.0.1', '--port', '80'];
    const failing = async (file: string, text: string | undefined) => {
      const path = join(folder, 'snap/node-1', file);
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
      const { code, err } = await trace(...flow);
      expect(code).toBe(2);
      writeFileSync(path, NODE[file] ?? '');
      return err;
    };
    expect(await failing('sysctl.txt', undefined)).toContain(
      'podpath: snap/node-1/sysctl.txt: there is no such file; expected what sysctl -a prints',
    );
    expect(await failing('ip-link.json', '[{"ifindex":')).toContain(
      'podpath: snap/node-1/ip-link.json:1:13: broken JSON',
    );
    expect(await failing('iptables-save.txt', '*filter\n-A FORWARD --dport 1\nCOMMIT\n')).toContain(
      'podpath: snap/node-1/iptables-save.txt:2:12: "--dport" is no option of a rule',
    );
    expect((await run('trace', '--snapshot', 'nowhere', ...flow)).err).toContain(
      'podpath: nowhere: there are no nodes in it; expected a folder for each node',
    );
    expect((await run('trace', ...flow)).err).toContain(
      'trace through what? Name manifests, or --snapshot DIRECTORY',
    );
  });

  it('says which file cannot be read', async () => {
    mkdirSync(join(folder, 'snap/node-1/nft-ruleset.txt'));
    const { code, err } = await trace(
      '--from',
      'ns:node-1/web',
      '--to',
      '10.1.0.1',
      '--port',
      '80',
    );
    expect(code).toBe(2);
    expect(err).toContain('podpath: snap/node-1/nft-ruleset.txt: cannot be read: EISDIR');
  });
});
