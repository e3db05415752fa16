import { spawnSync } from 'node:child_process';

/** Programs that building and watching real namespaces takes, with the way each tells that it is there. */
const NEEDED = [
  ['ip', '-V'],
  ['bridge', '-V'],
  ['iptables-restore', '--version'],
  ['ip6tables-restore', '--version'],
  ['ipset', '--version'],
  ['sysctl', '--version'],
  ['tcpdump', '--version'],
] as const;

const PROBE_NAMESPACE = 'podpath-probe';

/**
 * Why this machine cannot be a lab, in one sentence; `undefined` when it can. Makes one namespace to find out and
 * deletes it.
 */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux')
    return `real namespaces need Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'real namespaces need root';
  for (const [program, argument] of NEEDED) {
    const { error } = spawnSync(program, [argument], { stdio: 'ignore' });
    if (error !== undefined) return `the program ${program} is not installed`;
  }
  const made = spawnSync('ip', ['netns', 'add', PROBE_NAMESPACE], { encoding: 'utf8' });
  if (made.status !== 0) return `network namespaces cannot be made here: ${made.stderr.trim()}`;
  try {
    for (const type of ['bridge', 'vxlan']) {
      const link = spawnSync(
        'ip',
        [
          '-n',
          PROBE_NAMESPACE,
          'link',
          'add',
          'probe',
          'type',
          type,
          ...(LINK_ARGUMENTS[type] ?? []),
        ],
        { encoding: 'utf8' },
      );
      if (link.status !== 0)
        return `the kernel makes no ${type} devices here: ${link.stderr.trim()}`;
      spawnSync('ip', ['-n', PROBE_NAMESPACE, 'link', 'delete', 'probe']);
    }
    return undefined;
  } finally {
    spawnSync('ip', ['netns', 'delete', PROBE_NAMESPACE]);
  }
}

const LINK_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  vxlan: ['id', '1', 'dstport', '4789'],
};
