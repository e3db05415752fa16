import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';
import { testIo } from './test-io.ts';

const SCRIPT = fileURLToPath(new URL('../snapshot/collect.sh', import.meta.url));
const TOOLS = [
  'ip',
  'bridge',
  'iptables-save',
  'ip6tables-save',
  'ipset',
  'nft',
  'sysctl',
  'conntrack',
];

const installed = (program: string): string | undefined => {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};
const busybox = installed('busybox');
if (busybox === undefined)
  console.log('the collecting script is not run by busybox: it is not installed');
if (installed('shellcheck') === undefined)
  console.log('the collecting script is not checked: shellcheck is not installed');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-script-'));
  mkdirSync(join(folder, 'bin'));
  // Each stand-in notes how it was called, and prints something to know it by.
  for (const tool of TOOLS) {
    const path = join(folder, 'bin', tool);
    writeFileSync(
      path,
      `#!/bin/sh\necho "${tool} $*" >>"${folder}/calls"\necho "net.ipv4.told.by = ${tool}"\n`,
    );
    chmodSync(path, 0o755);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shells: readonly (readonly [string, readonly string[]])[] = [
  ['sh', ['sh']],
  ...(busybox === undefined ? [] : [['busybox sh', [busybox, 'sh']] as const]),
];

function collect(shell: readonly string[], args: readonly string[], input?: string) {
  const [program = 'sh', ...rest] = shell;
  return spawnSync(
    program,
    [...rest, ...(input === undefined ? [SCRIPT] : ['-s', '--']), ...args],
    {
      cwd: folder,
      env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
      ...(input === undefined ? {} : { input }),
    },
  );
}

const FILES = [
  'bridge-fdb.json',
  'bridge-link.json',
  'conntrack.txt',
  'conntrack6.txt',
  'ip-4-route.json',
  'ip-4-rule.json',
  'ip-6-route.json',
  'ip-6-rule.json',
  'ip-address.json',
  'ip-link.json',
  'ip-neigh-proxy.json',
  'ip-neigh.json',
  'ip6tables-save.txt',
  'ipset-save.txt',
  'iptables-save.txt',
  'missing',
  'netns-ids.json',
  'nft-ruleset.txt',
  'snapshot.txt',
  'sockets.txt',
  'sysctl.txt',
];

describe('podpath snapshot-script', () => {
  it('prints the script', async () => {
    const io = testIo(folder);
    expect(await runCli(['snapshot-script'], io)).toBe(0);
    expect(io.written.out).toBe(readFileSync(SCRIPT, 'utf8'));
    expect(io.written.out).toMatch(/^#!\/bin\/sh\n/);
  });

  it.skipIf(installed('shellcheck') === undefined)('of which shellcheck has nothing to say', () => {
    const { stdout, status } = spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe.each(shells)('the collecting script, run by %s', (_, shell) => {
  it('writes what each tool prints', () => {
    const { status, stderr } = collect(shell, ['-n', 'node-1', '-N']);
    expect(stderr.toString()).toBe('written: podpath-snapshot/node-1\n');
    expect(status).toBe(0);
    const node = join(folder, 'podpath-snapshot/node-1');
    expect(
      readdirSync(node)
        .filter((file) => !file.startsWith('rt_tables') && !/legacy|nft-save/.test(file))
        .sort(),
    ).toEqual(FILES);
    expect(readFileSync(join(node, 'ip-link.json'), 'utf8')).toBe('net.ipv4.told.by = ip\n');
    expect(readFileSync(join(node, 'sysctl.txt'), 'utf8')).toBe('net.ipv4.told.by = sysctl\n');
    expect(readFileSync(join(node, 'missing'), 'utf8')).toBe('');
    expect(readFileSync(join(node, 'sockets.txt'), 'utf8')).toMatch(/^== tcp\n/);
    expect(readFileSync(join(node, 'snapshot.txt'), 'utf8')).toMatch(
      /^format = 1\nnode = node-1\ninode = \d+\nnetns = -\n/,
    );
  });

  it('only lists and reads', () => {
    collect(shell, ['-n', 'node-1', '-N']);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');
    expect(calls.sort()).toEqual(
      [
        'ip -json -details link',
        'ip -json address',
        'ip -4 -json route show table all',
        'ip -6 -json route show table all',
        'ip -4 -json rule',
        'ip -6 -json rule',
        'ip -json neigh',
        'ip -json neigh show proxy',
        'ip -json netns list-id',
        'bridge -json fdb',
        'bridge -json -details link',
        'iptables-save -c',
        'ip6tables-save -c',
        'ipset save',
        'nft list ruleset',
        'sysctl -a',
        'conntrack -L',
        'conntrack -L -f ipv6',
      ].sort(),
    );
  });

  it('comes from standard input, and writes an archive to standard output', () => {
    const { status, stdout } = collect(
      shell,
      ['-n', 'node-1', '-N', '-C', '-t'],
      readFileSync(SCRIPT, 'utf8'),
    );
    expect(status).toBe(0);
    writeFileSync(join(folder, 'node.tar'), stdout);
    const listed = spawnSync('tar', ['tf', 'node.tar'], {
      cwd: folder,
      encoding: 'utf8',
    }).stdout.split('\n');
    expect(listed).toContain('node-1/ip-link.json');
    expect(listed).not.toContain('node-1/conntrack.txt');
    expect(existsSync(join(folder, 'podpath-snapshot'))).toBe(false);
  });

  it('says what failed', () => {
    writeFileSync(
      join(folder, 'bin/ipset'),
      '#!/bin/sh\necho "Kernel error received: no" >&2\nexit 1\n',
    );
    collect(shell, ['-n', 'node-1', '-N']);
    const node = join(folder, 'podpath-snapshot/node-1');
    expect(readFileSync(join(node, 'missing'), 'utf8')).toBe(
      'ipset-save.txt: ipset save failed: Kernel error received: no\n',
    );
    expect(existsSync(join(node, 'ipset-save.txt'))).toBe(false);
  });

  it.each([[['-n', 'a/b']], [['-x']], [['extra']]])('refuses %j', (args) => {
    const { status, stderr } = collect(shell, args);
    expect(status).toBe(2);
    expect(stderr.toString()).toMatch(/usage: collect\.sh|cannot be the name of a folder/);
  });
});

const whyNoImage =
  busybox === undefined
    ? 'busybox is not installed'
    : process.getuid?.() !== 0
      ? 'chroot needs root'
      : installed('chroot') === undefined
        ? 'chroot is not installed'
        : undefined;
if (whyNoImage !== undefined)
  console.log(`the collecting script is not run in an image of busybox alone: ${whyNoImage}`);

describe.skipIf(whyNoImage !== undefined)('in an image with nothing but busybox', () => {
  it('the script notes every tool that is missing', () => {
    const root = join(folder, 'root');
    for (const path of ['bin', 'tmp']) mkdirSync(join(root, path), { recursive: true });
    const program = busybox ?? '';
    const libraries =
      spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
    for (const file of libraries) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      copyFileSync(file, join(root, file));
      chmodSync(join(root, file), 0o755);
    }
    copyFileSync(program, join(root, 'bin/busybox'));
    chmodSync(join(root, 'bin/busybox'), 0o755);
    for (const applet of [
      'sh',
      'cat',
      'mkdir',
      'rm',
      'mktemp',
      'hostname',
      'uname',
      'date',
      'readlink',
      'tr',
      'head',
      'find',
      'grep',
      'sed',
      'awk',
      'basename',
      'ls',
      'cp',
      'cmp',
    ]) {
      symlinkSync('busybox', join(root, 'bin', applet));
    }
    copyFileSync(SCRIPT, join(root, 'collect.sh'));
    const { stderr, status } = spawnSync(
      installed('chroot') ?? 'chroot',
      [root, '/bin/sh', '/collect.sh', '-n', 'small', '-o', '/out'],
      {
        encoding: 'utf8',
        env: { PATH: '/bin' },
      },
    );
    expect(stderr).toContain('written: /out/small\n');
    expect(status).toBe(0);
    const missing = readFileSync(join(root, 'out/small/missing'), 'utf8');
    for (const line of [
      'ip-link.json: ip is not installed',
      'iptables-save.txt: iptables-save is not installed',
      'ipset-save.txt: ipset is not installed',
      'nft-ruleset.txt: nft is not installed',
      'sysctl.txt: no settings could be read',
    ]) {
      expect(missing).toContain(`${line}\n`);
    }
  });
});
