import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from './workspace.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podpath-boundaries-'));
  copyFileSync(join(root, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Checks a workspace of these files with the rules of the real one. */
function check(files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const config = join(root, '.dependency-cruiser.mjs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      '--config',
      config,
      'packages',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  return { status, stdout };
}

describe('package boundaries', () => {
  it('let a package import from a floor below through its entry', () => {
    const { status, stdout } = check({
      'packages/net/src/index.ts': 'export const one = 1;\n',
      'packages/linux/src/index.ts': "export { one } from '../../net/src/index.ts';\n",
    });
    expect(stdout).toContain('no dependency violations');
    expect(status).toBe(0);
  });

  it('refuse an import from a higher floor', () => {
    const { status, stdout } = check({
      'packages/net/src/index.ts': "export { one } from '../../linux/src/index.ts';\n",
      'packages/linux/src/index.ts': 'export const one = 1;\n',
    });
    expect(stdout).toContain('floor-of-net');
    expect(status).not.toBe(0);
  });

  it('refuse an import from the same floor', () => {
    const { stdout } = check({
      'packages/calico/src/index.ts': "export { one } from '../../weave/src/index.ts';\n",
      'packages/weave/src/index.ts': 'export const one = 1;\n',
    });
    expect(stdout).toContain('floor-of-calico');
  });

  it('refuse another package’s inner file', () => {
    const { stdout } = check({
      'packages/net/src/index.ts': 'export const one = 1;\n',
      'packages/net/src/inner.ts': 'export const two = 2;\n',
      'packages/linux/src/index.ts': "export { two } from '../../net/src/inner.ts';\n",
    });
    expect(stdout).toContain('no-inner-files');
  });

  it('refuse a circle', () => {
    const { stdout } = check({
      'packages/net/src/index.ts': "export { one } from './other.ts';\nexport const two = 2;\n",
      'packages/net/src/other.ts':
        "import { two } from './index.ts';\nexport const one = two - 1;\n",
    });
    expect(stdout).toContain('no-circles');
  });

  it('refuse an import that leads nowhere', () => {
    const { stdout } = check({ 'packages/net/src/index.ts': "export { one } from './gone.ts';\n" });
    expect(stdout).toContain('resolvable');
  });
});
