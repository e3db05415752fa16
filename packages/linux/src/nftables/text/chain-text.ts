import type { NftBaseChain, NftFamily } from '../model/ruleset.ts';
import { formatPriority } from './priority-text.ts';

/** `type filter hook input priority filter; policy accept;`. */
export const formatBaseChain = (
  base: NftBaseChain,
  policy: 'accept' | 'drop' | undefined,
  family: NftFamily,
): string => {
  const { type, hook, priority, devices } = base;
  const where = devices === undefined ? '' : ` ${formatDevices(devices)}`;
  const when = formatPriority(priority, family, hook);
  const otherwise = policy === undefined ? '' : ` policy ${policy};`;
  return `type ${type} hook ${hook}${where} priority ${when};${otherwise}`;
};

const formatDevices = (devices: readonly string[]): string => {
  const [only, ...others] = devices;
  return others.length === 0 ? `device "${only}"` : `devices = { ${devices.join(', ')} }`;
};
