import { describe, expect, it } from 'vitest';
import type { PacketContext } from '../packet-context.ts';
import { PacketView } from '../packet-view.ts';
import type { Match } from '../rule.ts';
import { contextOf, udp } from '../test-support.ts';
import { matchPhysdev } from './physdev.ts';

type Physdev = Extract<Match, { readonly kind: 'physdev' }>;

const passes = (match: Omit<Physdev, 'kind'>, fields: Partial<PacketContext>): boolean => {
  const context = contextOf(udp('10.0.0.1:1 > 10.0.0.2:2'), fields);
  const view = new PacketView(context);
  view.load('FORWARD', context);
  return matchPhysdev({ kind: 'physdev', ...match })(view);
};

const BRIDGED = { bridged: true, physicalIn: 'v1', physicalOut: 'v2' };
const ROUTED_FROM_BRIDGE = { physicalIn: 'v1' };

describe('physdev', () => {
  it('matches the ports that a bridged packet came and goes by', () => {
    expect(passes({ in: 'v1', out: 'v2', isBridged: true }, BRIDGED)).toBe(true);
    expect(passes({ in: 'v+' }, BRIDGED)).toBe(true);
    expect(passes({ in: 'v2' }, BRIDGED)).toBe(false);
    expect(passes({ out: 'v1' }, BRIDGED)).toBe(false);
    expect(passes({ in: 'v1', invertIn: true }, BRIDGED)).toBe(false);
    expect(passes({ out: 'v1', invertOut: true }, BRIDGED)).toBe(true);
    expect(passes({ isIn: true, isOut: true }, BRIDGED)).toBe(true);
  });

  it('knows the port of a packet that leaves the bridge to be routed, but no way out', () => {
    expect(passes({ in: 'v1', isIn: true }, ROUTED_FROM_BRIDGE)).toBe(true);
    expect(passes({ isBridged: true }, ROUTED_FROM_BRIDGE)).toBe(false);
    expect(passes({ isOut: true }, ROUTED_FROM_BRIDGE)).toBe(false);
    expect(passes({ out: 'v2' }, ROUTED_FROM_BRIDGE)).toBe(false);
    expect(passes({ out: 'v2', invertOut: true }, ROUTED_FROM_BRIDGE)).toBe(false);
  });

  it('passes a packet of no bridge only when all that is asked is inverted', () => {
    expect(passes({ in: 'v1' }, {})).toBe(false);
    expect(passes({ in: 'v1', invertIn: true }, {})).toBe(true);
    expect(passes({ out: 'v1', invertOut: true }, {})).toBe(true);
    expect(passes({ isBridged: true }, {})).toBe(false);
    expect(passes({ isIn: true }, {})).toBe(false);
    expect(passes({ isOut: true }, {})).toBe(false);
  });
});
