import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './workspace.mjs';

const packages = readdirSync(join(root, 'packages'));
const readmes = ['README.md', ...packages.map((name) => `packages/${name}/README.md`)];
const folder = join(root, 'node_modules', '.podpath-readmes');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the examples in READMEs', () => {
  it('have the types of the packages that they show', () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    let examples = 0;
    for (const readme of readmes) {
      const text = readFileSync(join(root, readme), 'utf8');
      for (const [, code] of text.matchAll(/```ts\n([\s\S]*?)```/g)) {
        writeFileSync(
          join(folder, `${readme.replaceAll('/', '-')}-${examples}.ts`),
          `${code}export {};\n`,
        );
        examples++;
      }
    }
    expect(examples).toBeGreaterThan(8);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.base.json',
        compilerOptions: {
          types: ['node'],
          typeRoots: ['../@types'],
          paths: {
            '@podpath/cni/conformance': ['../../packages/cni/src/conformance.ts'],
            '@podpath/*': ['../../packages/*/src/index.ts'],
          },
        },
        include: ['*.ts'],
      }),
    );
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe('');
  }, 120_000);
});
