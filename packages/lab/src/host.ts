import { spawnSync } from 'node:child_process';

/** Programs that building and watching real namespaces takes, with the way each tells that it is there. */
const NEEDED = [
  ['python3', '--version'],
  ['unshare', '--version'],
  ['ip', '-V'],
  ['bridge', '-V'],
  ['iptables-restore', '--version'],
  ['ip6tables-restore', '--version'],
  ['ipset', '--version'],
  ['nft', '--version'],
  ['sysctl', '--version'],
] as const;

/** Devices without which no cluster can be built. */
const DEVICES = ['type veth peer name probe1', 'type bridge', 'type vxlan id 1 dstport 4789'];

/** What `whyNoLab` asks of the machine; tests hand in another. */
export interface HostQuestions {
  readonly platform: string;
  readonly isRoot: boolean;
  /** Runs a command to its end; `undefined` when there is no such program. */
  run(
    program: string,
    argv: readonly string[],
  ): { readonly ok: boolean; readonly said: string } | undefined;
}

const THIS_HOST: HostQuestions = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  run: (program, argv) => {
    const { error, status, stderr } = spawnSync(program, argv, { encoding: 'utf8' });
    return error === undefined ? { ok: status === 0, said: stderr.trim() } : undefined;
  },
};

/**
 * Why this machine cannot be a lab, in one sentence; `undefined` when it can. Makes nameless namespaces to find out, which
 * are gone when the commands in them end.
 */
export function whyNoLab(host: HostQuestions = THIS_HOST): string | undefined {
  if (host.platform !== 'linux') return `real namespaces need Linux, and this is ${host.platform}`;
  if (!host.isRoot) return 'real namespaces need root';
  for (const [program, argument] of NEEDED) {
    if (host.run(program, [argument]) === undefined) {
      return `the program ${program} is not installed`;
    }
  }
  const made = host.run('unshare', ['--net', 'true']);
  if (made?.ok !== true) return `network namespaces cannot be made here: ${made?.said}`;
  for (const device of DEVICES) {
    const link = host.run('unshare', [
      '--net',
      'ip',
      'link',
      'add',
      'probe0',
      ...device.split(' '),
    ]);
    if (link?.ok !== true) {
      return `the kernel makes no ${device.split(' ')[1]} devices here: ${link?.said}`;
    }
  }
  return undefined;
}
