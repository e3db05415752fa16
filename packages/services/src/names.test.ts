import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainNames, endpointChainName } from './chain-names.ts';
import { probabilityText, probabilityThreshold } from './probability.ts';
import { servicePortName } from './service-port-name.ts';
import { testPort } from './test-cluster.ts';

describe('the name of a Service port', () => {
  const service = { namespace: 'shop', name: 'cart' };

  it('ends in the port name', () => {
    expect(servicePortName(service, testPort(80, { name: 'http' }))).toBe('shop/cart:http');
  });

  it('is the Service alone when the port has no name', () => {
    expect(servicePortName(service, testPort(80))).toBe('shop/cart');
  });
});

describe('chain names', () => {
  it('are what kube-proxy makes of the same Service port', () => {
    expect(chainNames('ns1/svc1:p80', 'tcp').cluster).toBe('KUBE-SVC-XPGD46QRK7WJZT7O');
    expect(chainNames('ns3/svc3:p80', 'tcp').cluster).toBe('KUBE-SVC-X27LE4BHSL4DOUIK');
    expect(chainNames('ns4/svc4:p8082', 'tcp').cluster).toBe('KUBE-SVC-EBDQOQU5SJFXRIL3');
    expect(endpointChainName('ns1/svc1:p80', 'tcp', '10.180.0.1:80')).toBe(
      'KUBE-SEP-SXIVWICOYRO3J4NJ',
    );
    expect(endpointChainName('ns3/svc3:p8081', 'tcp', '203.0.113.4:8081')).toBe(
      'KUBE-SEP-RUVVH7YV3PHQBDOS',
    );
  });

  it('share one hash', () => {
    expect(chainNames('ns2/svc2:p80', 'tcp')).toEqual({
      cluster: 'KUBE-SVC-GNZBNJ2PO5MGZ6GT',
      local: 'KUBE-SVL-GNZBNJ2PO5MGZ6GT',
      external: 'KUBE-EXT-GNZBNJ2PO5MGZ6GT',
      firewall: 'KUBE-FW-GNZBNJ2PO5MGZ6GT',
    });
  });

  it('differ by protocol', () => {
    expect(chainNames('kube-system/kube-dns:dns', 'udp').cluster).not.toBe(
      chainNames('kube-system/kube-dns:dns', 'tcp').cluster,
    );
  });

  it('always fit into the 28 characters that iptables allows', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, endpoint) => {
        const names = [
          ...Object.values(chainNames(name, 'sctp')),
          endpointChainName(name, 'sctp', endpoint),
        ];
        for (const chain of names) expect(chain).toMatch(/^KUBE-[A-Z]{2,3}-[A-Z2-7]{16}$/);
      }),
    );
  });
});

describe('the chance of one endpoint among n', () => {
  it('is written with ten digits', () => {
    expect([1, 3, 100, 10_000, 100_001].map(probabilityText)).toEqual([
      '1.0000000000',
      '0.3333333333',
      '0.0100000000',
      '0.0001000000',
      '0.0000099999',
    ]);
  });

  it('becomes the threshold that iptables-save then shows', () => {
    const shown = (n: number) => (probabilityThreshold(n) / 2 ** 31).toFixed(11);
    expect([2, 3, 100_001].map(shown)).toEqual(['0.50000000000', '0.33333333349', '0.00001000008']);
  });

  it('gives a ladder of rules in which every endpoint is as likely as the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (n) => {
        let undrawn = 1;
        for (let remaining = n; remaining > 1; remaining--) {
          const here = undrawn * (probabilityThreshold(remaining) / 2 ** 31);
          expect(here).toBeCloseTo(1 / n, 6);
          undrawn -= here;
        }
        expect(undrawn).toBeCloseTo(1 / n, 6);
      }),
    );
  });
});
