import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../command-error.ts';
import type { IpsetCommand } from '../../commands.ts';
import { append, Bench, ipEntry, udp } from '../test-support.ts';

const create = (
  set: string,
  type: 'hash:ip' | 'hash:net' | 'list:set' = 'hash:ip',
  family: 4 | 6 = 4,
): IpsetCommand => ({
  kind: 'ipset',
  op: 'create',
  set,
  type,
  family,
});
const add = (set: string, address: string): IpsetCommand => ({
  kind: 'ipset',
  op: 'add',
  set,
  entry: ipEntry(address),
});
const member = (op: 'add' | 'delete', set: string, name: string): IpsetCommand => ({
  kind: 'ipset',
  op,
  set,
  entry: { kind: 'set', name },
});
const destroy = (set: string): IpsetCommand => ({ kind: 'ipset', op: 'destroy', set });
const swap = (set: string, other: string): IpsetCommand => ({
  kind: 'ipset',
  op: 'swap',
  set,
  with: other,
});

const refusal = (bench: Bench, command: IpsetCommand): string | undefined => {
  const before = bench.netfilter.ipsetSave();
  try {
    bench.apply(command);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(bench.netfilter.ipsetSave()).toBe(before);
    return error.code;
  }
};

const fromSet = (set: string) =>
  append('filter', 'FORWARD', [{ kind: 'set', set, directions: ['src'] }]);
const PACKET = udp('10.0.0.1:1 > 10.0.0.2:2');

describe('what ipset refuses', () => {
  it('sets that exist, that do not, and names too long', () => {
    const bench = new Bench().apply(create('s'));
    expect(refusal(bench, create('s'))).toBe('EEXIST');
    expect(refusal(bench, create('s', 'hash:net'))).toBe('EEXIST');
    expect(refusal(bench, create('x'.repeat(32)))).toBe('EINVAL');
    expect(refusal(bench, create('x'.repeat(31)))).toBeUndefined();
    expect(refusal(bench, add('nobody', '10.0.0.1'))).toBe('ENOENT');
    expect(refusal(bench, { kind: 'ipset', op: 'flush', set: 'nobody' })).toBe('ENOENT');
    expect(refusal(bench, destroy('nobody'))).toBe('ENOENT');
    expect(refusal(bench, swap('nobody', 's'))).toBe('ENOENT');
    expect(refusal(bench, swap('s', 'nobody'))).toBe('IPSET_ERR_EXIST_SETNAME2');
  });

  it('to destroy a set in use, by a rule or by a list', () => {
    const bench = new Bench().apply(
      create('s'),
      create('t'),
      create('l', 'list:set'),
      member('add', 'l', 't'),
      fromSet('s'),
    );
    expect(refusal(bench, destroy('s'))).toBe('IPSET_ERR_BUSY');
    expect(refusal(bench, destroy('t'))).toBe('IPSET_ERR_BUSY');
    bench.apply({
      kind: 'iptables',
      family: 4,
      table: 'filter',
      op: 'flush-chain',
      chain: 'FORWARD',
    });
    expect(refusal(bench, destroy('s'))).toBeUndefined();
    bench.apply(destroy('l'));
    expect(refusal(bench, destroy('t'))).toBeUndefined();
  });

  it('comments without support, with a quote, or too long', () => {
    const bench = new Bench().apply(create('plain'), {
      kind: 'ipset',
      op: 'create',
      set: 'told',
      type: 'hash:ip',
      family: 4,
      comment: true,
    });
    const commented = (set: string, comment: string): IpsetCommand => ({
      kind: 'ipset',
      op: 'add',
      set,
      entry: ipEntry('10.0.0.1'),
      comment,
    });
    expect(refusal(bench, commented('plain', 'x'))).toBe('IPSET_ERR_COMMENT');
    expect(refusal(bench, commented('told', 'a"b'))).toBe('EINVAL');
    expect(refusal(bench, commented('told', 'x'.repeat(256)))).toBe('EINVAL');
    expect(refusal(bench, commented('told', 'x'.repeat(255)))).toBeUndefined();
  });

  it('names the command as the tool takes it', () => {
    const bench = new Bench().apply(create('s'), add('s', '10.0.0.1'));
    expect(() => bench.apply(add('s', '10.0.0.1'))).toThrow(
      "ipset add s 10.0.0.1: element cannot be added to the set: it's already added (IPSET_ERR_EXIST)",
    );
  });
});

describe('a swap', () => {
  it('exchanges what the names mean, for rules and lists at once', () => {
    const bench = new Bench().apply(
      create('s'),
      create('temp'),
      add('temp', '10.0.0.1'),
      create('l', 'list:set'),
      member('add', 'l', 's'),
    );
    bench.apply(fromSet('s'), fromSet('l'));
    bench.forward(PACKET);
    bench.apply(swap('s', 'temp'));
    bench.forward(PACKET);
    expect(bench.counters('filter', 'FORWARD')).toEqual([1, 1]);
    expect(refusal(bench, destroy('s'))).toBe('IPSET_ERR_BUSY');
    expect(refusal(bench, destroy('temp'))).toBeUndefined();
  });

  it('needs two sets of a kind', () => {
    const bench = new Bench().apply(
      create('s'),
      create('n', 'hash:net'),
      create('s6', 'hash:ip', 6),
      create('l', 'list:set'),
    );
    for (const other of ['n', 's6', 'l'])
      expect(refusal(bench, swap('s', other))).toBe('IPSET_ERR_TYPE_MISMATCH');
  });
});

describe('list:set', () => {
  it('matches when a member of the right family does', () => {
    const bench = new Bench().apply(
      create('a'),
      create('b', 'hash:ip', 6),
      create('l', 'list:set'),
    );
    bench.apply(member('add', 'l', 'a'), member('add', 'l', 'b'), fromSet('l'));
    bench.forward(PACKET);
    bench.apply(add('a', '10.0.0.1'));
    bench.forward(PACKET);
    expect(bench.counters('filter', 'FORWARD')).toEqual([1]);
    bench.apply(member('delete', 'l', 'a'));
    bench.forward(PACKET);
    expect(bench.counters('filter', 'FORWARD')).toEqual([1]);
  });

  it('holds sets that exist, once, and no other lists', () => {
    const bench = new Bench().apply(
      create('a'),
      create('l', 'list:set'),
      create('m', 'list:set'),
      member('add', 'l', 'a'),
    );
    expect(refusal(bench, member('add', 'l', 'a'))).toBe('IPSET_ERR_EXIST');
    expect(refusal(bench, member('add', 'l', 'nobody'))).toBe('IPSET_ERR_NAME');
    expect(refusal(bench, member('delete', 'l', 'nobody'))).toBe('IPSET_ERR_NAME');
    expect(refusal(bench, member('add', 'l', 'm'))).toBe('IPSET_ERR_LOOP');
    expect(refusal(bench, member('delete', 'l', 'm'))).toBe('IPSET_ERR_LOOP');
    expect(refusal(bench, add('l', '10.0.0.1'))).toBe('EINVAL');
    bench.apply(member('delete', 'l', 'a'));
    expect(refusal(bench, member('delete', 'l', 'a'))).toBe('IPSET_ERR_EXIST');
  });

  it('holds more than its size says: the kernel only keeps the number', () => {
    const bench = new Bench().apply({
      kind: 'ipset',
      op: 'create',
      set: 'l',
      type: 'list:set',
      family: 4,
      maxElements: 1,
    });
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      bench.apply(create(name), member('add', 'l', name));
    expect(bench.netfilter.ipsetSave()).toContain('create l list:set size 4\nadd l a\nadd l b\n');
    expect(bench.netfilter.size().setMembers).toBe(5);
  });
});

describe('a rule that names a set', () => {
  it('needs it to exist and to be of its family', () => {
    const bench = new Bench().apply(create('s6', 'hash:ip', 6));
    expect(() => bench.apply(fromSet('s'))).toThrow('ENOENT');
    expect(() => bench.apply(fromSet('s6'))).toThrow('EINVAL');
  });

  it('with too few directions never matches', () => {
    const bench = new Bench().apply({
      kind: 'ipset',
      op: 'create',
      set: 'p',
      type: 'hash:ip,port',
      family: 4,
    });
    bench.apply(
      {
        kind: 'ipset',
        op: 'add',
        set: 'p',
        entry: { kind: 'ip,port', address: parseIp('10.0.0.1'), protocol: 'udp', port: 1 },
      },
      fromSet('p'),
      append('filter', 'FORWARD', [{ kind: 'set', set: 'p', directions: ['src', 'src'] }]),
    );
    bench.forward(PACKET);
    expect(bench.counters('filter', 'FORWARD')).toEqual([0, 1]);
  });
});
