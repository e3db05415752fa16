import { formatPrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { networksOf } from './networks.ts';
import { configure } from './options.ts';
import { testCluster } from './test-cluster.ts';

const networks = (podNetworks: readonly string[], options: object = {}) =>
  networksOf(testCluster({ nodes: [], podNetworks }), configure(options)).map(formatPrefix);

describe('the pod networks', () => {
  it('are the cluster’s when no option says otherwise', () => {
    expect(networks(['10.8.0.0/14'])).toEqual(['10.8.0.0/14']);
    expect(networks(['10.8.0.0/14', 'fd00:8::/48'])).toEqual(['10.8.0.0/14', 'fd00:8::/48']);
    expect(networks(['fd00:8::/48'])).toEqual(['fd00:8::/48']);
    expect(networks(['fd00:8::/48', '10.8.0.0/14'])).toEqual(['fd00:8::/48', '10.8.0.0/14']);
  });

  it('are the manifest’s when nobody says anything', () => {
    expect(networks([])).toEqual(['10.244.0.0/16']);
  });

  it('follow the options', () => {
    expect(networks(['10.8.0.0/14'], { Network: '10.42.0.0/16' })).toEqual(['10.42.0.0/16']);
    expect(networks(['10.8.0.0/14'], { IPv6Network: 'fd00:42::/56' })).toEqual([
      '10.8.0.0/14',
      'fd00:42::/56',
    ]);
    expect(networks(['10.8.0.0/14', 'fd00:8::/48'], { EnableIPv6: false })).toEqual([
      '10.8.0.0/14',
    ]);
    expect(networks(['10.8.0.0/14', 'fd00:8::/48'], { EnableIPv4: false })).toEqual([
      'fd00:8::/48',
    ]);
  });

  it('cannot be made up for IPv6', () => {
    expect(() => networks(['10.8.0.0/14'], { EnableIPv6: true })).toThrow(
      'flannel: IPv6Network: is not set',
    );
  });
});
