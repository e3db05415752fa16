import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../command-error.ts';
import { ParseError } from '../../parse/parse-error.ts';
import { NftBench } from '../test-support.ts';

/** Blocks of a file beside this test: what was typed, and what nft 1.0.6 then listed. */
const readBlocks = (name: string): readonly (readonly [typed: string, listing: string])[] =>
  readFileSync(new URL(`listings/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n\n')
    .filter((block) => !block.startsWith('#'))
    .map((block) => {
      const end = block.indexOf('\n');
      return [block.slice(0, end), block.slice(end + 1)] as const;
    });

const setIn = (bench: NftBench, name: string): string => {
  const listing = bench.netfilter.nftList().replaceAll(/ expires [0-9a-z]+/g, '');
  const lines = listing.split('\n');
  const from = lines.findIndex((line) => new RegExp(`^\t(?:set|map) ${name} \\{`).test(line));
  const to = lines.findIndex((line, at) => at > from && line === '\t}');
  return lines.slice(from, to + 1).join('\n');
};

const refusedOr = (outcome: () => string): string => {
  try {
    return outcome();
  } catch (error) {
    if (error instanceof CommandError || error instanceof ParseError) return 'refused';
    throw error;
  }
};

describe('a set', () => {
  const blocks = readBlocks('sets');
  const nameOf = (typed: string): string => typed.split(' ')[1] ?? '';

  it.each(blocks)('is listed as nft lists it: %s', (typed, listing) => {
    const told = refusedOr(() => setIn(new NftBench(`table ip t {\n${typed}\n}\n`), nameOf(typed)));
    expect(told).toBe(listing);
  });

  it.each(blocks.filter(([, listing]) => listing !== 'refused'))(
    'is read again as it was listed: %s',
    (typed, listing) => {
      expect(setIn(new NftBench(`table ip t {\n${listing}\n}\n`), nameOf(typed))).toBe(listing);
    },
  );
});

describe('elements', () => {
  const bench = new NftBench('add table ip t');

  it.each(readBlocks('set-elements'))('come and go as nft has them do: %s', (command, listing) => {
    const name = command.split(' ')[4] ?? '';
    expect(refusedOr(() => setIn(bench.load(command), name))).toBe(listing);
  });
});
