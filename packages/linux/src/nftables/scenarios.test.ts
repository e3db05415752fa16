import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { routedWorld, sendLine } from '../test-routed-world.ts';
import { parseNft } from './parse/parse-nft.ts';

/**
 * What a kernel counted (6.18, nft 1.0.6). Each file beside this test has the rules of a router r between c and s, the
 * datagrams that were sent (from where, to where, port, source port, and what the socket was told), and what
 * `nft list ruleset` then said.
 */
const DIRECTORY = new URL('scenarios/', import.meta.url);

describe('nftables counts what a kernel counted', () => {
  it.each(readdirSync(DIRECTORY))('%s', (file) => {
    const [, rules = '', packets = '', listing] =
      /^--- rules\n(.*)^--- packets\n(.*)^--- listing\n(.*)$/ms.exec(
        readFileSync(new URL(file, DIRECTORY), 'utf8'),
      ) ?? [];
    const world = routedWorld();
    world.network.apply({ namespace: 'r', commands: [parseNft(rules, file)] });
    const told = packets
      .trim()
      .split('\n')
      .map((line) => sendLine(world, line));
    const listed = world.network.namespace('r').netfilter.nftList();
    expect(listed.replaceAll(/expires [0-9a-z]+/g, 'expires X')).toBe(listing);
    expect(told.join('\n')).toBe(packets.trim());
  });
});
