import { formatProgram } from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import { install, node, pod } from './test-cluster.ts';

/** Everything programmed on a node as the text that the real tools read, without what others program. */
const textOf = (options: object = {}): string =>
  install([node('n1', '192.0.2.1'), pod('a/web', 'n1', { labels: { app: 'web' } })], options)
    .program('n1')
    .map(formatProgram)
    .join('\n');

const lines = (text: string, pattern: RegExp) =>
  text.split('\n').filter((line) => pattern.test(line) && !line.includes('KUBE-'));

describe('the program of a node', () => {
  it('makes the bridge, gives it a name and an MTU, and cables it to the datapath', () => {
    expect(
      lines(textOf(), / (weave|vethwe-|vethwedu)/).filter((line) => /^(link|address)/.test(line)),
    ).toEqual([
      'link add weave type bridge',
      'link set dev weave address a2:52:7c:d5:38:da',
      'link add vethwedu mtu 1376 type dummy',
      'link set dev vethwedu master weave',
      'link delete dev vethwedu',
      'link add vethwe-bridge mtu 1376 type veth peer name vethwe-datapath mtu 1376',
      'link set dev vethwe-bridge master weave',
      'link set dev vethwe-datapath up',
      'link set dev vethwe-bridge up',
      'link set dev weave up',
      'address add 10.32.0.1/12 dev weave',
      expect.stringMatching(/^link set dev vethwepl[0-9a-f]{7} master weave$/),
    ]);
  });

  it('puts weave-npc ahead of kube-proxy, and closes the bridge behind it', () => {
    const inserted = textOf()
      .split('\n')
      .filter((line) => line.startsWith('-I FORWARD') && line.includes('weave'))
      .map((line) => line.replace(/-m comment --comment ".*?" /, ''));
    expect(inserted).toEqual([
      '-I FORWARD 1 -i weave -j WEAVE-NPC-EGRESS',
      '-I FORWARD 2 -o weave -j WEAVE-NPC',
      '-I FORWARD 3 -o weave -m state --state NEW -j NFLOG --nflog-group 86',
      '-I FORWARD 4 -o weave -j DROP',
      '-I FORWARD 5 -i weave ! -o weave -j ACCEPT',
      '-I FORWARD 6 -o weave -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]);
  });

  it('masquerades between the pods’ network and the rest, but not towards its own pods', () => {
    const local =
      '-A WEAVE -m set --match-set weaver-no-masq-local dst -m comment --comment "Prevent SNAT to locally running containers" -j RETURN';
    const always = [
      '-A WEAVE -s 10.32.0.0/12 -d 224.0.0.0/4 -j RETURN',
      '-A WEAVE ! -s 10.32.0.0/12 -d 10.32.0.0/12 -j MASQUERADE',
      '-A WEAVE -s 10.32.0.0/12 ! -d 10.32.0.0/12 -j MASQUERADE',
    ];
    expect(lines(textOf(), /^-A WEAVE /)).toEqual([local, ...always]);
    expect(lines(textOf(), /^add weaver/)).toEqual(['add weaver-no-masq-local 10.32.0.0/12']);
    expect(lines(textOf({ noMasqLocal: false }), /^-A WEAVE |weaver/)).toEqual(always);
  });

  it('keeps the control port to the host itself', () => {
    expect(lines(textOf(), /--dport 6784/)).toEqual([
      '-A INPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 6784 -m addrtype ! --src-type LOCAL -m conntrack ! --ctstate RELATED,ESTABLISHED -m comment --comment "Block non-local access to Weave Net control port" -j DROP',
    ]);
  });
});

describe('the program of a pod', () => {
  it('gives it an address in the one subnet, the bridge as its gateway, and multicast of that subnet', () => {
    const [, inside = ''] = textOf().split('# node/n1: bridge -batch -');
    expect(inside.split('\n').filter((line) => /^(link|address|route|-[AI])/.test(line))).toEqual([
      expect.stringMatching(/^link set dev vethwepl[0-9a-f]{7} hairpin on$/),
      expect.stringMatching(/^link set dev vethwepl[0-9a-f]{7} up$/),
      'address add 10.32.0.2/12 dev eth0',
      '-I INPUT 1 -s 10.32.0.0/12 -d 224.0.0.0/4 -i eth0 -j ACCEPT',
      'link set dev eth0 up',
      'route add 0.0.0.0/0 via 10.32.0.1 dev eth0',
    ]);
    expect(lines(textOf(), /-d 224.0.0.0\/4 -i eth0 -j DROP/)).toHaveLength(1);
  });

  it('can go without the hairpin', () => {
    expect(textOf({ hairpinMode: false })).not.toContain('hairpin on');
  });
});
