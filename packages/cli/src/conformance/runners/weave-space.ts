import {
  formatIp,
  formatPrefix,
  type Ipv4Prefix,
  isIpv4Prefix,
  parseInterfaceAddress,
  parseIpv4,
  parsePrefixLoose,
} from '@podpath/net';
import {
  AddressSet,
  biggestBlock,
  hostRange,
  Ipam,
  mergeAdjacent,
  noMasqChanges,
  prefixesOf,
  Ring,
  Space,
} from '@podpath/weave/conformance';
import { z } from 'zod';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';
import { rangeOf, readRange, writeRange } from '../weave/address-text.ts';

const step = z.object({
  op: z.string(),
  start: z.string().default('0.0.0.0'),
  size: z.int().default(0),
  addr: z.string().default('0.0.0.0'),
  repeat: z.int().default(1),
  ranges: z.array(z.string()).default([]),
  result: z.record(z.string(), z.unknown()).optional(),
});
type Step = z.output<typeof step>;

const allocatorStep = z.object({
  op: z.string(),
  peer: z.union([z.int(), z.literal('all')]).default(0),
  target: z.int().optional(),
  id: z.string().default(''),
  cidr: z.string().optional(),
  addrFrom: z.string().optional(),
  subnet: z.string().optional(),
  saveAs: z.string().optional(),
  expect: z.union([z.string(), z.int()]).optional(),
  expectNot: z.string().optional(),
  expectOk: z.boolean().optional(),
});
type AllocatorStep = z.output<typeof allocatorStep>;

const vector = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('space'), id: z.string(), steps: z.array(step) }),
  z.object({ kind: z.literal('address'), id: z.string(), steps: z.array(step) }),
  z.object({
    kind: z.literal('noMasqLocal'),
    id: z.string(),
    local: z.boolean(),
    previousOwned: z.array(z.string()),
    currentOwned: z.array(z.string()),
    ipsetOps: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('allocator'),
    id: z.string(),
    universe: z.string(),
    peers: z.array(z.string()),
    steps: z.array(allocatorStep),
  }),
]);

/** What one peer hands out, the blocks that addresses make, and the set that is made of them. */
export const weaveSpaceRunner: Runner = {
  subject: 'weave',
  accepts: (name) => name === 'weave-space.json',
  *run(set) {
    const { vectors } = readVectors(set, z.object({ vectors: z.array(vector) }));
    yield* checkEach(vectors, judge);
  },
};

const judge = (one: z.output<typeof vector>): CaseResult => {
  const { id } = one;
  switch (one.kind) {
    case 'noMasqLocal':
      return check(id, one.ipsetOps, () => {
        // News of other peers' ranges reach no set.
        if (!one.local) return [];
        const { add, remove } = noMasqChanges(
          one.previousOwned.map(readRange),
          one.currentOwned.map(readRange),
        );
        return [
          ...add.map((prefix) => `add ${formatPrefix(prefix)}`),
          ...remove.map((prefix) => `del ${formatPrefix(prefix)}`),
        ];
      });
    case 'address':
      return check(id, resultsOf(one.steps), () => one.steps.map(blockResult));
    case 'space':
      return check(id, resultsOf(one.steps), () => spaceResults(one.steps));
    case 'allocator':
      if (one.steps.some(({ op }) => op === 'http')) {
        return { id, outcome: 'not-supported', reason: 'the HTTP API' };
      }
      return check(
        id,
        one.steps.map(() => 'as expected'),
        () => allocatorResults(one),
      );
  }
};

const resultsOf = (steps: readonly Step[]) =>
  steps.flatMap(({ result }) => (result === undefined ? [] : [result]));

const blockResult = ({ op, start, size, addr, ranges }: Step): Record<string, unknown> => {
  switch (op) {
    case 'biggestCIDR': {
      const block = biggestBlock(rangeOf(start, size));
      return { range: block && writeRange(block) };
    }
    case 'toCIDRs':
      return { cidrs: prefixesOf(rangeOf(start, size)).map(formatPrefix) };
    case 'hostRange':
      return { range: writeRange(hostRange(ipv4Prefix(addr))) };
    case 'mergeAdjacent':
      return { ranges: mergeAdjacent(ranges.map(readRange)).map(writeRange) };
    default:
      throw new TypeError(`no such step: ${op}`);
  }
};

function spaceResults(steps: readonly Step[]): unknown[] {
  let space = new Space();
  const plain = new AddressSet();
  const results: unknown[] = [];
  for (const each of steps) {
    if (each.op === 'newSpace') {
      space = new Space();
      continue;
    }
    const told = each.result ?? {};
    const got = each.op.startsWith('low')
      ? plainResult(plain, each)
      : { ...spaceResult(space, each), ...contentAsTold(space, told) };
    if (each.result !== undefined) results.push(got);
  }
  return results;
}

const plainResult = (set: AddressSet, { op, start, size, addr }: Step) => {
  if (op === 'lowContains') return { contains: set.has(parseIpv4(addr)) };
  if (op === 'lowAdd') set.add(rangeOf(start, size));
  else set.subtract(rangeOf(start, size));
  return { set: set.ranges().map(writeRange) };
};

/** What is free and used after a step, where the vector tells it. */
const contentAsTold = (space: Space, told: Record<string, unknown>) => ({
  ...('free' in told ? { free: space.free().map(writeRange) } : {}),
  ...('owned' in told ? { owned: space.used().map(writeRange) } : {}),
});

const spaceResult = (space: Space, { op, start, size, addr, repeat }: Step) => {
  const range = rangeOf(start, size);
  switch (op) {
    case 'addSpace':
      space.add(range);
      return {};
    case 'allocate': {
      let address: number | undefined;
      for (let n = 0; n < repeat; n++) address = space.allocate(range);
      return address === undefined ? { ok: false } : { ok: true, addr: formatIp(address) };
    }
    case 'claim':
      return { ok: space.claim(parseIpv4(addr)) };
    case 'free':
      return { ok: space.release(parseIpv4(addr)) };
    case 'freeRange': {
      let ok = true;
      for (let address = range.start; address < range.end; address++) {
        ok = space.release(address) && ok;
      }
      return { ok };
    }
    case 'donate': {
      const donated = space.donate(range);
      return donated === undefined ? { ok: false } : { ok: true, range: writeRange(donated) };
    }
    case 'donateAll': {
      const ranges: string[] = [];
      for (let next = space.donate(range); next !== undefined; next = space.donate(range)) {
        ranges.push(writeRange(next));
      }
      return { ranges };
    }
    case 'biggestFree': {
      const block = space.biggestFree(range);
      return { range: block && writeRange(block) };
    }
    case 'numFree':
      return { n: space.freeCount };
    case 'ownedRanges':
      return { ranges: mergeAdjacent(everything(space)).map(writeRange) };
    default:
      throw new TypeError(`no such step: ${op}`);
  }
};

const everything = (space: Space) =>
  [...space.free(), ...space.used()].sort((a, b) => a.start - b.start);

/** Each step's answer, as `as expected` where it is what the vector asks for. */
function allocatorResults({
  universe,
  peers,
  steps,
}: Extract<z.output<typeof vector>, { kind: 'allocator' }>): string[] {
  const range = ipv4Prefix(universe);
  const names = peers.map((_, index) => index);
  const ring = new Ring({ start: range.address, end: range.address + 2 ** (32 - range.length) }, 0);
  ring.claimForPeers(names);
  const ipam = new Ipam(ring, names);
  const saved = new Map<string, string | number>();
  return steps.map((each) => {
    const got = allocatorAnswer(ipam, names, each, saved);
    if (each.saveAs !== undefined && got !== undefined) saved.set(each.saveAs, got);
    return asExpected(each, got, saved) ? 'as expected' : String(got);
  });
}

type Answer = string | number | boolean | undefined;

function allocatorAnswer(
  ipam: Ipam,
  names: readonly number[],
  { op, peer, target, id, cidr, addrFrom, subnet }: AllocatorStep,
  saved: ReadonlyMap<string, string | number>,
): Exclude<Answer, boolean> {
  const at = peer === 'all' ? names : [peer];
  const [one = 0] = at;
  switch (op) {
    case 'preClaim':
      // Found in use at the start, before anybody says by whom.
      for (const each of at) ipam.claim(each, '_', addressOf(cidr ?? ''));
      return undefined;
    case 'claim': {
      const address =
        addrFrom === undefined ? addressOf(cidr ?? '') : parseIpv4(String(saved.get(addrFrom)));
      return ipam.claim(one, id, address) ? 'ok' : 'refused';
    }
    case 'allocate': {
      const address = ipam.allocate(one, id, ipv4Prefix(subnet ?? ''));
      return address === undefined ? 'refused' : formatIp(address);
    }
    case 'numFree':
      return ipam.freeCount(one);
    case 'rmpeer':
      return ipam.removePeer(one, target ?? 0);
    case 'prime':
    case 'stop':
      return undefined;
    default:
      throw new TypeError(`no such step: ${op}`);
  }
}

const asExpected = (
  { expect, expectNot, expectOk }: AllocatorStep,
  got: Exclude<Answer, boolean>,
  saved: ReadonlyMap<string, string | number>,
): boolean => {
  if (expectOk !== undefined) return (got !== 'refused') === expectOk;
  if (expectNot !== undefined) return got !== expectNot;
  if (expect === undefined) return got !== 'refused';
  const [name = '', more] = String(expect).split('+');
  return more === undefined ? got === expect : got === Number(saved.get(name)) + Number(more);
};

const ipv4Prefix = (text: string): Ipv4Prefix => {
  const prefix = parsePrefixLoose(text);
  if (!isIpv4Prefix(prefix)) throw new TypeError(`${text} is no IPv4 prefix`);
  return prefix;
};

const addressOf = (cidr: string): number => Number(parseInterfaceAddress(cidr).address);
