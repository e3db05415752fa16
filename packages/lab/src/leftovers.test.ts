import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { whyNoLab } from './host.ts';
import { leftoversAmong, namespacePrefix, sweepLeftovers } from './leftovers.ts';

const reason = whyNoLab();
if (reason !== undefined) console.log(`no namespaces are swept: ${reason}`);

/** Higher than any process has. */
const NOBODY = 2 ** 22 + 1;

describe('what a killed lab has left behind', () => {
  it('is what carries the number of a process that is gone', () => {
    const names = ['podpath-7-a-0', 'podpath-8-a-0', 'podpath-x-0', 'mine', '', 'podpath--1'];
    expect(leftoversAmong(names, (pid) => pid === 8)).toEqual(['podpath-7-a-0']);
  });

  describe.skipIf(reason !== undefined)(`on this machine (${reason ?? 'swept'})`, () => {
    const dead = `${namespacePrefix(NOBODY)}test-0`;
    const alive = `${namespacePrefix(process.pid)}sweep-0`;
    const foreign = `pv-foreign-${process.pid}`;
    const names = () => spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
    afterAll(() => {
      for (const name of [dead, alive, foreign]) spawnSync('ip', ['netns', 'delete', name]);
    });

    it('is deleted, and nothing else', () => {
      for (const name of [dead, alive, foreign]) spawnSync('ip', ['netns', 'add', name]);
      expect(names()).toContain(dead);
      sweepLeftovers();
      expect(names()).not.toContain(dead);
      expect(names()).toContain(alive);
      expect(names()).toContain(foreign);
    });
  });
});
