import { describe, expect, it } from 'vitest';
import { type HostQuestions, whyNoLab } from './host.ts';

const willing: HostQuestions = {
  platform: 'linux',
  isRoot: true,
  run: () => ({ ok: true, said: '' }),
};

describe('a machine', () => {
  it('can be a lab when it is Linux, has the programs, and lets root make namespaces and devices', () => {
    expect(whyNoLab(willing)).toBeUndefined();
  });

  it.each([
    ['real namespaces need Linux, and this is darwin', { platform: 'darwin' }],
    ['real namespaces need root', { isRoot: false }],
    [
      'the program nft is not installed',
      { run: (program: string) => (program === 'nft' ? undefined : { ok: true, said: '' }) },
    ],
    [
      'network namespaces cannot be made here: Operation not permitted',
      {
        run: (program: string, [, last]: readonly string[]) =>
          program === 'unshare' && last === 'true'
            ? { ok: false, said: 'Operation not permitted' }
            : { ok: true, said: '' },
      },
    ],
    [
      'the kernel makes no vxlan devices here: Unknown device type',
      {
        run: (_: string, argv: readonly string[]) => ({
          ok: !argv.includes('vxlan'),
          said: 'Unknown device type',
        }),
      },
    ],
  ])('cannot, and says why: %s', (reason, unwilling: Partial<HostQuestions>) => {
    expect(whyNoLab({ ...willing, ...unwilling })).toBe(reason);
  });
});
