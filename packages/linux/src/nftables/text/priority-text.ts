import type { NftFamily, NftHook } from '../model/ruleset.ts';

interface NamedPriority {
  readonly name: string;
  readonly priority: number;
  /** Only there does the name mean it. */
  readonly hook?: NftHook;
}

const INTERNET: readonly NamedPriority[] = [
  { name: 'raw', priority: -300 },
  { name: 'mangle', priority: -150 },
  { name: 'dstnat', priority: -100, hook: 'prerouting' },
  { name: 'filter', priority: 0 },
  { name: 'security', priority: 50 },
  { name: 'srcnat', priority: 100, hook: 'postrouting' },
];
const BRIDGE: readonly NamedPriority[] = [
  { name: 'dstnat', priority: -300, hook: 'prerouting' },
  { name: 'filter', priority: -200 },
  { name: 'out', priority: 100, hook: 'output' },
  { name: 'srcnat', priority: 300, hook: 'postrouting' },
];
const FRAMES: readonly NamedPriority[] = [{ name: 'filter', priority: 0 }];

const NAMED: Readonly<Record<NftFamily, readonly NamedPriority[]>> = {
  ip: INTERNET,
  ip6: INTERNET,
  inet: INTERNET,
  bridge: BRIDGE,
  netdev: FRAMES,
  arp: FRAMES,
};

/** Further away than this, nft does not call a priority by a name. */
const FURTHEST = 10;

/** A priority as nft prints it: by name, or as so much above or below a name. */
export const formatPriority = (priority: number, family: NftFamily, hook: NftHook): string => {
  for (const { name, priority: named } of namesAt(family, hook)) {
    const above = priority - named;
    if (above === 0) return name;
    if (Math.abs(above) <= FURTHEST) return `${name} ${above < 0 ? '-' : '+'} ${Math.abs(above)}`;
  }
  return String(priority);
};

/** The priority that a name stands for there. */
export const priorityNamed = (name: string, family: NftFamily, hook: NftHook): number | undefined =>
  namesAt(family, hook).find((each) => each.name === name)?.priority;

const namesAt = (family: NftFamily, hook: NftHook): readonly NamedPriority[] =>
  NAMED[family].filter((each) => each.hook === undefined || each.hook === hook);
