import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryReader } from '../test-reader.ts';
import { type InputStream, inputFiles } from './input-files.ts';
import { createDiskReader, type InputReader } from './input-reader.ts';

/** Each input as `name: text`, or `name! what is wrong`. */
const read = async (
  inputs: readonly string[],
  reader: InputReader,
  stdin?: InputStream,
): Promise<string[]> => {
  const results: string[] = [];
  for await (const file of inputFiles(inputs, reader, stdin)) {
    results.push('text' in file ? `${file.name}: ${file.text}` : `${file.file}! ${file.reason}`);
  }
  return results;
};

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* parts;
}

describe('inputFiles', () => {
  const reader = memoryReader({
    'shop/b.yaml': 'b',
    'shop/a.yml': 'a',
    'shop/deep/er/c.json': 'c',
    'shop/README.md': 'not a manifest',
    'shop/.git/config.yaml': 'hidden',
    'docs/README.md': 'no manifests',
    'single.txt': 'named, so read whatever it is called',
    'locked.yaml': new Error('EACCES'),
  });

  test('a directory, in the order of its paths', async () => {
    expect(await read(['shop'], reader)).toEqual([
      'shop/a.yml: a',
      'shop/b.yaml: b',
      'shop/deep/er/c.json: c',
    ]);
  });

  test('files in the order given', async () => {
    expect(await read(['single.txt', 'shop/b.yaml', 'shop/a.yml'], reader)).toEqual([
      'single.txt: named, so read whatever it is called',
      'shop/b.yaml: b',
      'shop/a.yml: a',
    ]);
  });

  test('what cannot be read is said, and the rest is read', async () => {
    expect(await read(['gone', 'locked.yaml', 'docs', 'shop/a.yml'], reader)).toEqual([
      'gone! there is no such file',
      'locked.yaml! it cannot be read: EACCES',
      'docs! no manifests are in it',
      'shop/a.yml: a',
    ]);
  });

  test('standard input comes in pieces that may split a character', async () => {
    const [first, ...rest] = new TextEncoder().encode('ü');
    const stdin = chunks('a', Uint8Array.of(first ?? 0), Uint8Array.from(rest), 'z');
    expect(await read(['-'], reader, stdin)).toEqual(['-: aüz']);
    expect(await read(['-'], reader)).toEqual(['-! it cannot be read: there is no standard input']);
    const latin1 = chunks(Uint8Array.of(0x61, 0xfc));
    expect(await read(['-'], reader, latin1)).toEqual(['-! it is no UTF-8 text']);
  });
});

describe('the disk reader', () => {
  let root = '';

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'podpath-input-'));
    await mkdir(join(root, 'real'));
    await writeFile(join(root, 'real', 'a.yaml'), '\uFEFFa');
    await writeFile(join(root, 'bytes.yaml'), Uint8Array.of(0xff, 0xfe));
    await symlink(join('real', 'a.yaml'), join(root, 'link.yaml'));
    await symlink('.', join(root, 'loop'));
    await symlink('nowhere', join(root, 'dangling.yaml'));
  });

  afterAll(async () => rm(root, { recursive: true }));

  test('follows links to files but not to directories, and drops the byte order mark', async () => {
    const results = await read([root], createDiskReader());
    expect(results.map((text) => text.replace(root, ''))).toEqual([
      '/bytes.yaml! it is no UTF-8 text',
      '/link.yaml: a',
      '/real/a.yaml: a',
    ]);
    expect(await read([join(root, 'nothing')], createDiskReader())).toEqual([
      `${join(root, 'nothing')}! there is no such file`,
    ]);
    expect(await read([join(root, 'real', 'a.yaml', 'x')], createDiskReader())).toHaveLength(1);
  });
});
