import type { SysctlSet } from '../commands.ts';
import type { Located } from '../parse/located.ts';
import type { NamespaceRestorer } from './namespace-restorer.ts';

const GENERATION = /\.addr_gen_mode$/;

/** Settings before devices come up: those for all first, as they change those of each. Throws SnapshotError. */
export function restoreSettings(restorer: NamespaceRestorer): void {
  const { commands } = restorer.dump.sysctls();
  const keys = new Set(commands.map(({ value }) => value.key));
  const absent: SysctlSet[] = [];
  // What a kernel has no settings for, it does not do.
  if (!keys.has('net.bridge.bridge-nf-call-iptables')) {
    absent.push(
      { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-iptables', value: 0 },
      { kind: 'sysctl', key: 'net.bridge.bridge-nf-call-ip6tables', value: 0 },
    );
  }
  if (!keys.has('net.ipv6.conf.all.disable_ipv6')) {
    absent.push({ kind: 'sysctl', key: 'net.ipv6.conf.all.disable_ipv6', value: 1 });
  }
  restorer.apply('sysctl.txt', absent);
  const settings = commands.filter(({ value }) => !GENERATION.test(value.key));
  for (const wide of [0, 1, 2])
    set(
      restorer,
      settings.filter(({ value }) => rank(value.key) === wide),
    );
}

/** How IPv6 addresses are made, once nothing can be made by it any more. */
export function restoreAddressGeneration(restorer: NamespaceRestorer): void {
  const { commands } = restorer.dump.sysctls();
  set(
    restorer,
    commands.filter(({ value }) => GENERATION.test(value.key)),
  );
}

/** Keys that podpath does not know are passed over: nothing that it emulates depends on them. */
function set(restorer: NamespaceRestorer, commands: readonly Located<SysctlSet>[]): void {
  const changed = commands.filter(({ value: { key, value } }) => {
    const now = restorer.view.sysctl(key);
    return now !== undefined && now !== value;
  });
  restorer.applyLocated('sysctl.txt', changed);
}

const rank = (key: string): 0 | 1 | 2 => {
  if (key === 'net.ipv4.ip_forward' || /\.conf\.all\./.test(key)) return 0;
  return /\.conf\.default\./.test(key) ? 1 : 2;
};
