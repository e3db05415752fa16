import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyNoLab } from '../host.ts';
import { LabError } from '../lab-error.ts';
import { KernelNetwork } from './kernel-network.ts';

const why = whyNoLab();
if (why !== undefined) console.log(`namespaces are not made: ${why}`);

/** A program that makes a namespace, says so, and then waits for its end. */
const HOLDER = `
  import { KernelNetwork } from ${JSON.stringify(join(import.meta.dirname, 'kernel-network.ts'))};
  const network = new KernelNetwork();
  await network.open(['a']);
  console.log('open');
  setInterval(() => undefined, 1000);
`;

/** Processes that another one has started. */
const childrenOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) === parent
        );
      } catch {
        // It has ended in the meantime.
        return false;
      }
    });

const lives = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(why !== undefined)('what holds the namespaces', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'ends with the process that it works for, when that gets %s',
    async (signal) => {
      const arguments_ = ['--conditions=@podpath/source', '--input-type=module', '--eval', HOLDER];
      const holder = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(holder.stdout, 'data');
      const agents = childrenOf(holder.pid ?? 0);
      expect(agents).toHaveLength(1);
      holder.kill(signal);
      await once(holder, 'exit');
      await expect.poll(() => agents.some(lives), { timeout: 5000 }).toBe(false);
    },
    20_000,
  );

  it('says what it could not do, and goes on', async () => {
    const network = new KernelNetwork();
    try {
      await network.open(['a']);
      await expect(network.read([{ namespace: 'a', argv: ['ip', 'nothing'] }])).rejects.toThrow(
        LabError,
      );
      await expect(network.read([{ namespace: 'b', argv: ['ip', 'link'] }])).rejects.toThrow('b');
      const [links] = await network.read([{ namespace: 'a', argv: ['ip', '-o', 'link'] }]);
      expect(links).toContain('lo:');
    } finally {
      network.close();
    }
  });
});
