import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { clientRouterServer, type World } from '../test-world.ts';

const sent = (world: World, from: string, to: string): string => {
  const found = world.network.namespace('c').route(parseIp(to), { from: parseIp(from) });
  return found.kind === 'error' ? found.error : `${found.kind} ${found.device}`;
};

describe('what a host sends from a loopback address to others', () => {
  it('is refused, as a rule', () => {
    expect(sent(clientRouterServer(), '127.0.0.1', '10.1.0.1')).toBe('EINVAL');
    expect(sent(clientRouterServer(), '127.0.0.1', '127.0.0.9')).toBe('local lo');
  });

  it.each(['all', 'e1'])('leaves where route_localnet of %s says so', (name) => {
    const world = clientRouterServer().run('c', `net.ipv4.conf.${name}.route_localnet = 1`);
    expect(sent(world, '127.0.0.1', '10.1.0.1')).toBe('route e1');
  });
});
