import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { whyNoLab } from '../host.ts';

/*
 * A verification leaves nothing behind, however it ends, and the host's own network is what it was.
 */

const reason = whyNoLab();
if (reason !== undefined) console.log(`nothing is verified, so nothing can be left: ${reason}`);

const SCRIPT = fileURLToPath(new URL('./verify-forever.ts', import.meta.url));
const LIMIT_MS = 60_000;

/** Everything that a lab which mistook its namespace would change. Counters go on by themselves. */
function hostState(): readonly string[] {
  const commands = [
    'ip -o link',
    'ip -o address',
    'ip route show table all',
    'ip rule',
    'ip netns list',
    'iptables-save',
    'ip6tables-save',
    'nft list ruleset',
    'ipset save',
  ];
  return commands.map((command) => {
    const [program = '', ...argv] = command.split(' ');
    const { stdout } = spawnSync(program, argv, { encoding: 'utf8' });
    // Leftovers and namespaces of other labs come and go on a machine where several work.
    return command === 'ip netns list' ? namesOf(stdout) : withoutChance(stdout);
  });
}

const namesOf = (list: string): string =>
  list
    .split('\n')
    .filter((line) => line.startsWith(`podpath-${process.pid}-`))
    .join('\n');

const withoutChance = (text: string): string =>
  text
    .replaceAll(/^#.*$/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '')
    .replaceAll(/ (valid_lft|preferred_lft|expires) \S+/g, '');

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

/** Processes that hold a network namespace open which is none of a process's own. */
const holdsNamespaces = (pid: number): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) =>
      readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('net:'),
    );
  } catch {
    return false;
  }
};

const isThere = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function until(what: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (what()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** A process that is in the middle of verifying, and the process that holds its namespaces. */
async function inTheMiddle(): Promise<{ readonly lab: ChildProcess; readonly agent: number }> {
  const lab = spawn(process.execPath, ['--conditions=@podpath/source', SCRIPT], {
    // One of these tests makes it fail, and says so itself.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(lab.stdout, 'data');
  const agent = childrenOf(lab.pid ?? 0).find(holdsNamespaces);
  if (agent === undefined) throw new Error('nobody holds the namespaces');
  return { lab, agent };
}

describe.skipIf(reason !== undefined)(
  `after a verification${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
      'that is ended by %s nothing is left, and the host is as it was',
      async (signal) => {
        const before = hostState();
        const { lab, agent } = await inTheMiddle();
        expect(holdsNamespaces(agent)).toBe(true);
        const ended = once(lab, 'exit');
        lab.kill(signal);
        await ended;
        expect(await until(() => !isThere(agent))).toBe(true);
        expect(hostState()).toEqual(before);
      },
      LIMIT_MS,
    );

    it(
      'that fails in its middle nothing is left, and the host is as it was',
      async () => {
        const before = hostState();
        const { lab, agent } = await inTheMiddle();
        const ended = once(lab, 'exit');
        // The lab's own process then throws.
        process.kill(agent, 'SIGKILL');
        const [code] = await ended;
        expect(code).toBe(1);
        expect(isThere(agent)).toBe(false);
        expect(hostState()).toEqual(before);
      },
      LIMIT_MS,
    );
  },
);
