import { parseIp, parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { IpsetCommand } from '../../commands.ts';
import { Bench } from '../test-support.ts';
import { formatIpsetCommands } from './ipset-text.ts';

const net = (prefix: string, nomatch = false) =>
  ({ kind: 'net', prefix: parsePrefix(prefix), ...(nomatch ? { nomatch } : {}) }) as const;

/** Read by ipset 7.17, which printed the sets below. */
const COMMANDS: readonly IpsetCommand[] = [
  { kind: 'ipset', op: 'create', set: 's4', type: 'hash:ip', family: 4 },
  {
    kind: 'ipset',
    op: 'create',
    set: 'n6',
    type: 'hash:net',
    family: 6,
    maxElements: 1_048_576,
    comment: true,
  },
  { kind: 'ipset', op: 'create', set: 'p4', type: 'hash:ip,port', family: 4, comment: true },
  {
    kind: 'ipset',
    op: 'create',
    set: 'weave-(){}[]+=_$%^!*|/?.;:@#~',
    type: 'list:set',
    family: 4,
    maxElements: 1024,
    comment: true,
  },
  { kind: 'ipset', op: 'add', set: 's4', entry: { kind: 'ip', address: parseIp('10.0.0.1') } },
  { kind: 'ipset', op: 'add', set: 's4', entry: { kind: 'ip', address: parseIp('10.0.0.2') } },
  { kind: 'ipset', op: 'delete', set: 's4', entry: { kind: 'ip', address: parseIp('10.0.0.2') } },
  { kind: 'ipset', op: 'add', set: 'n6', entry: net('fd00::/16'), comment: 'excepted from CIDR' },
  { kind: 'ipset', op: 'add', set: 'n6', entry: net('fd00:1::/32', true) },
  { kind: 'ipset', op: 'add', set: 'n6', entry: net('fd00:1::5/128') },
  { kind: 'ipset', op: 'add', set: 'n6', entry: net('fd00:3::/32', true) },
  { kind: 'ipset', op: 'delete', set: 'n6', entry: net('fd00:3::/32', true) },
  {
    kind: 'ipset',
    op: 'add',
    set: 'p4',
    entry: { kind: 'ip,port', address: parseIp('10.0.0.1'), protocol: 'sctp', port: 80 },
    comment: "it's",
  },
  {
    kind: 'ipset',
    op: 'add',
    set: 'weave-(){}[]+=_$%^!*|/?.;:@#~',
    entry: { kind: 'set', name: 's4' },
    comment: 'namespace: N',
  },
  { kind: 'ipset', op: 'create', set: 'bye', type: 'hash:ip', family: 4, maxElements: 10 },
  { kind: 'ipset', op: 'swap', set: 'bye', with: 's4' },
  { kind: 'ipset', op: 'flush', set: 's4' },
  { kind: 'ipset', op: 'create', set: 'gone', type: 'list:set', family: 4 },
  { kind: 'ipset', op: 'destroy', set: 'gone' },
];

describe('commands as text', () => {
  it('are what ipset restore reads', () => {
    expect(formatIpsetCommands(COMMANDS)).toBe(
      `create s4 hash:ip family inet hashsize 1024 maxelem 65536
create n6 hash:net family inet6 hashsize 1024 maxelem 1048576 comment
create p4 hash:ip,port family inet hashsize 1024 maxelem 65536 comment
create weave-(){}[]+=_$%^!*|/?.;:@#~ list:set size 1024 comment
add s4 10.0.0.1
add s4 10.0.0.2
del s4 10.0.0.2
add n6 fd00::/16 comment "excepted from CIDR"
add n6 fd00:1::/32 nomatch
add n6 fd00:1::5
add n6 fd00:3::/32 nomatch
del n6 fd00:3::/32
add p4 10.0.0.1,sctp:80 comment "it's"
add weave-(){}[]+=_$%^!*|/?.;:@#~ s4 comment "namespace: N"
create bye hash:ip family inet hashsize 1024 maxelem 10
swap bye s4
flush s4
create gone list:set size 8
destroy gone
`,
    );
  });
});

describe('sets as text', () => {
  it('are what ipset save prints, the random initval apart', () => {
    expect(new Bench().apply(...COMMANDS).netfilter.ipsetSave()).toBe(
      `create s4 hash:ip family inet hashsize 1024 maxelem 10 bucketsize 12
create n6 hash:net family inet6 hashsize 1024 maxelem 1048576 comment bucketsize 12
add n6 fd00::/16 comment "excepted from CIDR"
add n6 fd00:1::/32 nomatch
add n6 fd00:1::5
create p4 hash:ip,port family inet hashsize 1024 maxelem 65536 comment bucketsize 12
add p4 10.0.0.1,sctp:80 comment "it's"
create bye hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12
add bye 10.0.0.1
create weave-(){}[]+=_$%^!*|/?.;:@#~ list:set size 1024 comment
add weave-(){}[]+=_$%^!*|/?.;:@#~ s4 comment "namespace: N"
`,
    );
  });
});
