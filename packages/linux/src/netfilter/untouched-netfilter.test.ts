import { describe, expect, it } from 'vitest';
import { createNetfilter } from './create-netfilter.ts';
import { append, contextOf, DROP, TestEnvironment, udp } from './test-support.ts';
import { UntouchedNetfilter } from './untouched-netfilter.ts';

const PACKET = udp('10.0.0.1:1 > 10.0.0.2:2');

function untouched() {
  let made = 0;
  const netfilter = new UntouchedNetfilter(() => {
    made++;
    return createNetfilter(new TestEnvironment());
  });
  return { netfilter, made: () => made };
}

describe('netfilter that nobody has touched', () => {
  it('is not there, and lets everything pass', () => {
    const { netfilter, made } = untouched();
    expect(netfilter.run('FORWARD', contextOf(PACKET))).toEqual({ kind: 'accept' });
    netfilter.deviceDown('e1');
    netfilter.addressRemoved('e1', 1);
    expect([netfilter.tracks(4), netfilter.defragments(6)]).toEqual([false, false]);
    expect(netfilter.size()).toEqual(createNetfilter(new TestEnvironment()).size());
    expect(made()).toBe(0);
  });

  it('lists nothing', () => {
    const { netfilter } = untouched();
    const empty = createNetfilter(new TestEnvironment());
    expect(netfilter.iptablesSave(4)).toBe(empty.iptablesSave(4));
    expect(netfilter.ipsetSave()).toBe(empty.ipsetSave());
    expect(netfilter.nftList()).toBe(empty.nftList());
    expect(netfilter.conntrackList()).toBe(empty.conntrackList());
  });

  it('is there from the first command on', () => {
    const { netfilter, made } = untouched();
    netfilter.apply(append('filter', 'FORWARD', [], DROP));
    netfilter.apply(append('filter', 'FORWARD', [], DROP));
    expect(netfilter.run('FORWARD', contextOf(PACKET)).kind).toBe('drop');
    expect(netfilter.size().rules).toBe(2);
    expect(made()).toBe(1);
  });
});
