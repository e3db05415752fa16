import {
  assemble,
  block,
  br,
  brIf,
  type Code,
  get,
  i32,
  isZero,
  load,
  load8,
  load16,
  loop,
  op,
  select,
  set,
  store8,
  tee,
  whenElse,
} from './assembler.ts';
import { ALLOWED, ASK, type BatchKernel, DENIED } from './kernel.ts';
import { FLAG, type HEAD, LOCATION, MOST_PAGES, NUMBER, SPREAD, type Tables } from './tables.ts';
import { instantiate } from './web-assembly.ts';

const PARAMETERS = ['count', 'from', 'to', 'protocol', 'port', 'out'] as const;
const LOCALS = [
  ...[
    'source',
    'target',
    'self',
    'other',
    'sourceFlags',
    'targetFlags',
    'sourceKind',
    'targetKind',
    'both',
    'entry',
  ],
  ...['classSets', 'row', 'place', 'cell', 'key', 'set', 'verdict', 'last'],
] as const;
const NAMES: readonly string[] = [...PARAMETERS, ...LOCALS];

const local = (name: string): number => NAMES.indexOf(name);
const read = (name: string): Code => get(local(name));
const put = (name: string, value: Code): Code => set(local(name), value);
const keep = (name: string, value: Code): Code => tee(local(name), value);
const times = (value: Code, power: number): Code => op('shl', value, i32(power));
const plus = (...values: readonly [Code, ...Code[]]): Code =>
  values.reduce((sum, value) => op('add', sum, value));

/** Where tables are, as words of the head say. */
type Head = (field: keyof typeof HEAD) => number;

/** Whether a row lets the traffic pass to or from another identity: 0 or 1, for what comes after these steps. */
const findBit = (
  head: Head,
  direction: 'egress' | 'ingress',
): { readonly steps: Code; readonly bit: Code } => {
  const [self, other, kind] =
    direction === 'egress' ? ['self', 'other', 'targetKind'] : ['other', 'self', 'sourceKind'];
  const isAnother = op('ne', op('and', read('key'), i32(NUMBER)), read(other));
  const row = 4 * head('identities') + (direction === 'egress' ? 0 : 16);
  const steps = [
    ...put('row', times(read(self), 5)),
    ...put('place', load(read('row'), row)),
    // A shift goes by the lowest five bits alone.
    ...put(
      'cell',
      times(
        plus(
          op('shrU', read('place'), i32(5)),
          op('shrU', op('mul', read(other), i32(SPREAD)), read('place')),
        ),
        3,
      ),
    ),
    ...block(
      loop(
        brIf(1, op('geS', keep('key', load(read('cell'))), i32(0))),
        brIf(1, isZero(isAnother)),
        put('cell', plus(read('cell'), i32(8))),
        br(0),
      ),
    ),
    ...put(
      'set',
      load(select(isAnother, plus(read('row'), read(kind), i32(row)), read('cell')), 4),
    ),
  ];
  const bit = op(
    'and',
    op(
      'shrU',
      load(plus(read('classSets'), times(op('shrU', read('set'), i32(5)), 2)), 4 * head('sets')),
      read('set'),
    ),
    i32(1),
  );
  return { steps, bit };
};

/** 0 for pods and 4 for others: bytes. */
const kindOf = (flags: string): Code => op('and', op('shrU', read(flags), i32(28)), i32(4));

/** Ends the judging of one connection, from inside of so many blocks. */
const decide = (verdict: number, condition: Code, depth = 0): Code => [
  ...put('verdict', i32(verdict)),
  ...brIf(depth, condition),
];

const judgeOne = (head: Head): Code => {
  const [egress, ingress] = [findBit(head, 'egress'), findBit(head, 'ingress')];
  return block(
    put('source', load(read('from'))),
    put('target', load(read('to'))),
    decide(
      DENIED,
      op(
        'or',
        op('and', op('xor', read('source'), read('target')), i32(1)),
        op('and', op('or', read('source'), read('target')), i32(~head('endMask'))),
      ),
    ),
    put('self', load(times(read('source'), 2), 4 * head('ends'))),
    put('other', load(times(read('target'), 2), 4 * head('ends'))),
    put('sourceKind', i32(0)),
    put('targetKind', i32(0)),
    whenElse(
      op('ltS', op('or', read('self'), read('other')), i32(0)),
      [
        put('sourceFlags', load(times(read('source'), 2), 4 * head('flags'))),
        put('targetFlags', load(times(read('target'), 2), 4 * head('flags'))),
        put('both', op('or', read('sourceFlags'), read('targetFlags'))),
        decide(DENIED, op('and', read('both'), i32(FLAG.gone)), 1),
        decide(ASK, op('and', read('both'), i32(FLAG.ask)), 1),
        decide(
          ALLOWED,
          op(
            'and',
            isZero(op('and', op('xor', read('sourceFlags'), read('targetFlags')), i32(LOCATION))),
            op('shrU', read('both'), i32(31)),
          ),
          1,
        ),
        put('sourceKind', kindOf('sourceFlags')),
        put('targetKind', kindOf('targetFlags')),
        put('self', op('and', read('self'), i32(NUMBER))),
        put('other', op('and', read('other'), i32(NUMBER))),
      ],
      [decide(ALLOWED, op('eq', read('source'), read('target')), 1)],
    ),
    put('entry', load(times(load8(read('protocol')), 2), 4 * head('protocols'))),
    put(
      'classSets',
      op(
        'mul',
        load16(
          times(
            plus(
              op('and', read('entry'), i32(NUMBER)),
              op('and', load16(read('port')), op('shrS', read('entry'), i32(31))),
            ),
            1,
          ),
          2 * head('classes'),
        ),
        i32(4 * head('setWords')),
      ),
    ),
    egress.steps,
    put('verdict', egress.bit),
    ingress.steps,
    put('verdict', op('and', read('verdict'), ingress.bit)),
  );
};

const forward = (name: string, bytes: number): Code => put(name, plus(read(name), i32(bytes)));

const body = (head: Head): Code => [
  ...put('last', plus(read('out'), read('count'))),
  ...block(
    loop(
      brIf(1, op('geU', read('out'), read('last'))),
      judgeOne(head),
      store8(read('out'), read('verdict')),
      forward('from', 4),
      forward('to', 4),
      forward('protocol', 1),
      forward('port', 2),
      forward('out', 1),
      br(0),
    ),
  ),
];

/** The module for tables that are where the head says, which it has built in. */
export const kernelModule = (head: Head): Uint8Array<ArrayBuffer> =>
  assemble(
    'judge',
    { parameters: PARAMETERS.length, locals: LOCALS.length, mostPages: MOST_PAGES },
    body(head),
  );

/** The kernel over tables, as long as they stay where they are. */
export const createWasmKernel = (tables: Tables): BatchKernel => {
  const { judge } = instantiate(
    kernelModule((field) => tables.head(field)),
    tables.memory,
  );
  if (typeof judge !== 'function') throw new TypeError('the kernel exports no function');
  return (...batch) => {
    judge(...batch);
  };
};
