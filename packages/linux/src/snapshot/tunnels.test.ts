import { describe, expect, it } from 'vitest';
import { publicKeyFor } from '../devices/wireguard/key.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { type NodeFiles, readerOf, twoNodes, withFiles } from './test-snapshot.ts';

const KEYS = [1, 2].map((n) => publicKeyFor(btoa(String.fromCharCode(...new Array(32).fill(n)))));

/** The nodes, with the way to each other's pods through a tunnel in place of a route by the network between them. */
function nodesWith(tunnel: (own: number, other: number) => { link: string; files?: object }) {
  const changed = (node: NodeFiles, own: number, other: number): NodeFiles => {
    const { link, files = {} } = tunnel(own, other);
    return withFiles(node, {
      'ip-link.json': node.files['ip-link.json']?.replace(/\]$/, `,${link}]`),
      'ip-4-route.json': node.files['ip-4-route.json']?.replace(
        `{"dst":"10.${other}.0.0/24","gateway":"192.168.0.${other}","dev":"eth0","flags":[]}`,
        `{"dst":"10.${other}.0.0/24","dev":"t","scope":"link","flags":[]}`,
      ),
      ...files,
    });
  };
  const { a, b } = twoNodes();
  return readerOf({ a: changed(a, 1, 2), b: changed(b, 2, 1) });
}

const encapsulations = (reader: ReturnType<typeof readerOf>) => {
  const snapshot = loadSnapshot('snap', reader);
  const probe = { protocol: 'tcp', port: 8080, to: 0x0a02_0002 } as const;
  const trace = snapshot.send({ ...probe, from: snapshot.end('ns:a/web') });
  const steps = trace.request.flatMap((hop) => hop.steps);
  return {
    outcome: trace.outcome,
    protocols: steps.flatMap((step) => (step.kind === 'encapsulate' ? [step.protocol] : [])),
  };
};

const device = (type: string, kind: string, mtu: number, data: object): string =>
  JSON.stringify({
    ifindex: 9,
    ifname: 't',
    flags: ['POINTOPOINT', 'NOARP', 'UP', 'LOWER_UP'],
    mtu,
    link_type: type,
    linkinfo: { info_kind: kind, info_data: data },
  });

describe('a snapshot of nodes with tunnels', () => {
  it.each([
    ['ipip', 'ipip', { proto: 'ipip' }],
    ['sit', 'sit', { proto: 'any', prefix: '2002::', prefixlen: 16 }],
  ] as const)('of type %s', (type, protocol, data) => {
    const reader = nodesWith((own, other) => ({
      link: device(type, type, 1480, {
        ...data,
        local: `192.168.0.${own}`,
        remote: `192.168.0.${other}`,
        ttl: 64,
        pmtudisc: true,
      }),
    }));
    expect(encapsulations(reader)).toEqual({ outcome: 'delivered', protocols: [protocol] });
  });

  it('of type wireguard, whose private keys nobody tells', () => {
    const reader = nodesWith((own, other) => ({
      link: device('none', 'wireguard', 1420, {}),
      files: {
        'wireguard.txt': [
          `t\t(hidden)\t${KEYS[own - 1]}\t51820\toff`,
          `t\t${KEYS[other - 1]}\t(none)\t192.168.0.${other}:51820\t10.${other}.0.0/24\t0\t0\t0\toff`,
          '',
        ].join('\n'),
      },
    }));
    expect(encapsulations(reader)).toEqual({ outcome: 'delivered', protocols: ['wireguard'] });
  });

  it('says where what wg told is broken', () => {
    const reader = nodesWith(() => ({
      link: device('none', 'wireguard', 1420, {}),
      files: { 'wireguard.txt': `t\t(hidden)\tx\t51820\toff\n` },
    }));
    expect(() => encapsulations(reader)).toThrow('snap/a/wireguard.txt:1: no key');
  });
});
