import { createNetwork } from '@podpath/linux';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { neighbourLimit, neighboursKnown } from './neighbour-limit.ts';

describe('the neighbours of a lab', () => {
  it('are at most three quarters of what the kernel keeps, of the family that it keeps fewer of', () => {
    expect(neighbourLimit((family) => (family === 'ipv4' ? 512 : 300))).toBe(225);
    expect(neighbourLimit(() => undefined)).toBe(384);
    expect(neighbourLimit()).toBeGreaterThan(0);
  });

  it('are counted over all namespaces, for each family', () => {
    const network = createNetwork();
    for (const name of ['a', 'b']) network.addNamespace(name);
    network.apply({
      namespace: 'a',
      commands: [
        { kind: 'link-add', type: 'veth', name: 'v', peer: { name: 'w', namespace: 'b' } },
        ...['10.0.0.1', '10.0.0.2', 'fd00::1'].map(
          (address) =>
            ({
              kind: 'neighbour-replace',
              dev: 'v',
              address: parseIp(address),
              mac: 0x02_0000_0000_01,
              state: 'permanent',
            }) as const,
        ),
      ],
    });
    expect(neighboursKnown(network)).toBe(2);
  });
});
