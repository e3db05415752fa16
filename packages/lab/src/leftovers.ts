import { spawnSync } from 'node:child_process';

/** Names of the lab's namespaces begin so, and go on with the number of the process that made them. */
const NAME = /^podpath-(\d+)-/;

export const namespacePrefix = (pid: number): string => `podpath-${pid}-`;

/** Which of these namespaces a lab has left behind whose process is gone. */
export const leftoversAmong = (
  names: readonly string[],
  isAlive: (pid: number) => boolean,
): readonly string[] =>
  names.filter((name) => {
    const pid = Number(NAME.exec(name)?.[1]);
    return Number.isInteger(pid) && pid > 0 && !isAlive(pid);
  });

/** Deletes the named namespaces of labs that were killed, and ends what still runs in them. */
export function sweepLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  const names = stdout.split('\n').flatMap((line) => line.split(' ').slice(0, 1));
  for (const name of leftoversAmong(names, isAlive)) deleteNamespace(name);
}

/** Ends what runs in a named namespace, and deletes it. */
export function deleteNamespace(name: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter(Boolean)) signal(Number(pid), 'SIGKILL');
  spawnSync('ip', ['netns', 'delete', name]);
}

const isAlive = (pid: number): boolean => signal(pid, 0) !== 'gone';

function signal(pid: number, name: 'SIGKILL' | 0): 'sent' | 'gone' | 'not ours' {
  try {
    process.kill(pid, name);
    return 'sent';
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    return isGone ? 'gone' : 'not ours';
  }
}
