import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { socketError } from '../test-socket-error.ts';
import { clientRouterServer, type World } from '../test-world.ts';

const KINDS = [
  ['blackhole', '10.66.1.0/24', 'EINVAL'],
  ['unreachable', '10.66.2.0/24', 'EHOSTUNREACH'],
  ['prohibit', '10.66.3.0/24', 'EACCES'],
  ['throw', '10.66.4.0/24', 'ENETUNREACH'],
] as const;

const withKinds = (namespace: string): World => {
  const world = clientRouterServer();
  for (const [kind, prefix] of KINDS) world.run(namespace, `route add ${kind} ${prefix}`);
  return world;
};

describe('a route that leads nowhere, of the sender itself', () => {
  it.each(KINDS)('%s %s: connect fails at once with %s', (_, prefix, error) => {
    const world = withKinds('s');
    const to = prefix.replace('0/24', '9');
    const trace = world.tcp('s', to, 80);
    expect(trace.request.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toEqual([
      'send',
      'end',
    ]);
    expect(socketError(trace)).toBe(error);
    expect(world.network.nowMs).toBe(0);
    expect(world.network.namespace('s').route(parseIp(to))).toMatchObject({ error });
  });

  it('is the same as none at all, for throw', () => {
    const world = clientRouterServer().run('s', 'route delete default');
    expect(socketError(world.tcp('s', '10.66.9.9', 80))).toBe('ENETUNREACH');
  });
});

describe('a route that leads nowhere, of a router', () => {
  it.each([
    ['blackhole', '10.66.1.9', undefined],
    ['unreachable', '10.66.2.9', [3, 1]],
    ['prohibit', '10.66.3.9', [3, 13]],
    ['none', '10.67.0.9', [3, 0]],
  ] as const)('%s: the sender at %s is told %j', (_, to, told) => {
    const trace = withKinds('r').udp('c', to, 9);
    const answer = trace.reply?.[0]?.steps[0]?.packet;
    const message = answer?.payload.kind === 'icmp' ? answer.payload : undefined;
    expect(message && [message.type, message.code]).toEqual(told);
    if (answer !== undefined) expect(answer.src).toBe(parseIp('10.1.0.1'));
  });

  it('ends the wait of a connected datagram socket only when it is forbidden', () => {
    const world = withKinds('r');
    expect(
      ['10.66.1.9', '10.66.2.9', '10.66.3.9', '10.67.0.9'].map((to) =>
        socketError(world.udp('c', to, 9)),
      ),
    ).toEqual(['timeout', 'timeout', 'EHOSTUNREACH', 'timeout']);
  });

  it.each(KINDS)('%s %s: a look-up for a packet from outside fails with %s', (_, prefix, error) => {
    const found = withKinds('r')
      .network.namespace('r')
      .route(parseIp(prefix.replace('0/24', '9')), { from: parseIp('10.1.0.2'), inDevice: 'e1' });
    expect(found).toMatchObject({ kind: 'error', error });
  });
});
