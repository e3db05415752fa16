import { expect, test } from 'vitest';
import { createNetwork } from '../create-network.ts';
import { parseProgram } from '../parse/program-text.ts';
import { loadSnapshot } from '../snapshot/load-snapshot.ts';
import { readerOf } from '../snapshot/test-snapshot.ts';

/** Kinds of devices, sets and rules that random networks have none of. */
const PROGRAM = `# node: ip -batch -
link set dev lo up
link add d0 address 02:00:00:00:00:01 type dummy
link set dev d0 up
address add 10.0.0.1/24 dev d0
address add fd00::1/64 dev d0
link add t0 mtu 1400 type ipip local 10.0.0.1 remote 10.0.0.9 dev d0 ttl 9 tos inherit
link add t1 type ipip mode any local 10.0.0.1 nopmtudisc fwmark 0x7
link add t2 type sit remote 10.0.0.8 tos 0x10
link add t3 type ip6tnl mode ip6ip6 local fd00::1 remote fd00::9 dev d0
link add t4 type ip6tnl mode any local fd00::1 encaplimit none hoplimit 9 tclass inherit flowlabel inherit dscp inherit allow-localremote fwmark inherit
link set dev t0 up
link set dev t3 up
route add 10.8.0.0/16 dev t0
# node: ipset restore
create s hash:ip family inet hashsize 1024 maxelem 65536 timeout 0 counters comment
add s 10.0.0.7 timeout 0 packets 3 bytes 400 comment "seven"
# node: iptables-restore --noflush
*filter
:FORWARD DROP [5:600]
[7:800] -A FORWARD -m set --match-set s src -j ACCEPT
COMMIT
`;

const build = () => {
  const network = createNetwork();
  network.addNamespace('node');
  for (const program of parseProgram(PROGRAM, 'node')) network.apply(program);
  network.listen('node', 'tcp', 443);
  network.listen('node', 'udp', 53);
  return network.namespace('node');
};

test('a namespace that was written out and loaded again is written out the same', () => {
  const written = build().snapshotFiles();
  const snapshot = loadSnapshot(
    'snap',
    readerOf({ node: { files: Object.fromEntries(written), pods: {} } }),
  );
  snapshot.end('node:node');
  const again = snapshot.network.namespace('node/node').snapshotFiles();
  for (const [file, text] of written) {
    if (file !== 'snapshot.txt') expect(again.get(file), file).toBe(text);
  }
  expect([...again.keys()]).toEqual([...written.keys()]);
});

test('settings are listed by key, sockets by port, as of both families', () => {
  const files = build().snapshotFiles();
  const settings = files.get('sysctl.txt')?.trimEnd().split('\n') ?? [];
  expect(settings.map((line) => line.split(' ')[0])).toEqual(
    settings.map((line) => line.split(' ')[0]).toSorted(),
  );
  expect(settings).toContain('net.ipv4.conf.d0.rp_filter = 0');
  expect(files.get('sockets.txt')).toMatch(/== tcp6\n.*\n +0: 0{32}:01BB 0{32}:0000 0A /);
  expect(files.get('sockets.txt')).toMatch(/== udp6\n.*\n +0: 0{32}:0035 0{32}:0000 07 /);
});
