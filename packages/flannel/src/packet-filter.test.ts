import { type Command, formatIptablesCommands, type IptablesCommand } from '@podpath/linux';
import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { forwardRules, masqueradeRules } from './packet-filter.ts';

const lines = (commands: readonly Command[]) =>
  formatIptablesCommands(commands.filter((c): c is IptablesCommand => c.kind === 'iptables'))
    .trim()
    .split('\n');

const NETWORK = parsePrefix('10.244.0.0/16');
const SUBNET = parsePrefix('10.244.1.0/24');

describe('masquerading', () => {
  it('is these rules, in a chain that POSTROUTING is led to last', () => {
    const comment = '-m comment --comment "flanneld masq"';
    expect(lines(masqueradeRules(NETWORK, SUBNET, true))).toEqual([
      '*nat',
      ':FLANNEL-POSTRTG - [0:0]',
      `-A POSTROUTING ${comment} -j FLANNEL-POSTRTG`,
      `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s 10.244.1.0/24 -d 10.244.0.0/16 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.1.0/24 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.1.0/24 ${comment} -j RETURN`,
      `-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 ${comment} -j MASQUERADE --random-fully`,
      `-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 ${comment} -j MASQUERADE --random-fully`,
      'COMMIT',
    ]);
  });

  it('can do without random ports', () => {
    const text = lines(masqueradeRules(NETWORK, SUBNET, false)).join('\n');
    expect(text).toContain('-j MASQUERADE');
    expect(text).not.toContain('--random-fully');
  });

  it('leaves IPv6 multicast alone too', () => {
    const text = lines(
      masqueradeRules(parsePrefix('fd00:10:244::/56'), parsePrefix('fd00:10:244:1::/64'), true),
    ).join('\n');
    expect(text).toContain('-s fd00:10:244::/56 ! -d ff00::/8');
  });
});

describe('forwarding', () => {
  it('accepts what comes from the pod network or goes there', () => {
    const comment = '-m comment --comment "flanneld forward"';
    expect(lines(forwardRules(NETWORK))).toEqual([
      '*filter',
      ':FLANNEL-FWD - [0:0]',
      `-A FORWARD ${comment} -j FLANNEL-FWD`,
      `-A FLANNEL-FWD -s 10.244.0.0/16 ${comment} -j ACCEPT`,
      `-A FLANNEL-FWD -d 10.244.0.0/16 ${comment} -j ACCEPT`,
      'COMMIT',
    ]);
  });
});
