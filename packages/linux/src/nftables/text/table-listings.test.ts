import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NftBench } from '../test-support.ts';

/** Tables as programs of CNI plugins and of kube-proxy make them, and what nft 1.0.6 listed of them. */
const DIRECTORY = new URL('tables/', import.meta.url);

const files = readdirSync(DIRECTORY).map((file) => {
  const text = readFileSync(new URL(file, DIRECTORY), 'utf8');
  const [, typed = '', listed = ''] = /^--- typed\n(.*)^--- listed\n(.*)$/ms.exec(text) ?? [];
  return { file, typed, listed };
});

describe('a table of another program', () => {
  it.each(files)('is listed as nft lists it: $file', ({ typed, listed }) => {
    expect(new NftBench(typed).netfilter.nftList()).toBe(listed);
  });

  it.each(files)('is read again as it was listed: $file', ({ listed }) => {
    expect(new NftBench(listed).netfilter.nftList()).toBe(listed);
  });
});
