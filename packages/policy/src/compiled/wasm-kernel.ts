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
  set,
  store8,
  tee,
  when,
} from './assembler.ts';
import { ALLOWED, ASK, type BatchKernel, DENIED } from './kernel.ts';
import { EVERYTHING, FLAG, HEAD, LOCATION, MOST_PAGES } from './tables.ts';
import { instantiate, type SharedMemory } from './web-assembly.ts';

const PARAMETERS = ['count', 'from', 'to', 'protocol', 'port', 'out'] as const;
const LOCALS = [
  ...['ends', 'endCount', 'identities', 'protocols', 'classes', 'sets', 'setBytes'],
  ...['source', 'target', 'sourceFlags', 'targetFlags', 'flags', 'apart', 'entry'],
  ...['classSets', 'row', 'cell', 'key', 'set', 'verdict', 'last'],
] as const;
const NAMES: readonly string[] = [...PARAMETERS, ...LOCALS];

const local = (name: string): number => NAMES.indexOf(name);
const read = (name: string): Code => get(local(name));
const put = (name: string, value: Code): Code => set(local(name), value);
const keep = (name: string, value: Code): Code => tee(local(name), value);
const times = (value: Code, power: number): Code => op('shl', value, i32(power));
const plus = (...values: readonly [Code, ...Code[]]): Code =>
  values.reduce((sum, value) => op('add', sum, value));

/** A word of the head as an address in bytes; `size` is the power of two of what it counts. */
const head = (field: keyof typeof HEAD, size: number): Code =>
  times(load(i32(4 * HEAD[field])), size);

/** Leaves in `set` what a row says of another identity. Inside of one block. */
const findSet = (direction: 'egress' | 'ingress'): Code => {
  const [self, other, flags] =
    direction === 'egress'
      ? ['source', 'target', 'targetFlags']
      : ['target', 'source', 'sourceFlags'];
  return [
    ...put(
      'row',
      plus(read('identities'), times(read(self), 5), i32(direction === 'egress' ? 0 : 16)),
    ),
    ...put('cell', times(plus(load(read('row')), op('and', read(other), load(read('row'), 4))), 3)),
    ...block(
      loop(
        put('set', load(read('cell'), 4)),
        brIf(1, op('eq', keep('key', load(read('cell'))), read(other))),
        put('cell', plus(read('cell'), i32(8))),
        brIf(0, read('key')),
      ),
      // No cell: the default of pods, or of others.
      put(
        'set',
        load(plus(read('row'), times(op('and', op('shrU', read(flags), i32(30)), i32(1)), 2)), 8),
      ),
    ),
  ];
};

/** Whether the traffic is in `set`. */
const isInSet: Code = op(
  'and',
  op(
    'shrU',
    load(plus(read('classSets'), times(op('shrU', read('set'), i32(5)), 2))),
    op('and', read('set'), i32(31)),
  ),
  i32(1),
);

/** Ends the judging of one connection, from directly inside of its block. */
const decide = (verdict: number, condition: Code): Code => [
  ...put('verdict', i32(verdict)),
  ...brIf(0, condition),
];

const judgeOne: Code = block(
  decide(
    DENIED,
    op(
      'or',
      op('and', keep('apart', op('xor', load(read('from')), load(read('to')))), i32(1)),
      op(
        'or',
        op('geU', load(read('from')), read('endCount')),
        op('geU', load(read('to')), read('endCount')),
      ),
    ),
  ),
  put('source', plus(read('ends'), times(load(read('from')), 3))),
  put('sourceFlags', load(read('source'), 4)),
  put('source', load(read('source'))),
  put('target', plus(read('ends'), times(load(read('to')), 3))),
  put('targetFlags', load(read('target'), 4)),
  put('target', load(read('target'))),
  put('flags', op('or', read('sourceFlags'), read('targetFlags'))),
  decide(DENIED, op('and', read('flags'), i32(FLAG.gone))),
  decide(ASK, op('and', read('flags'), i32(FLAG.ask))),
  decide(ALLOWED, isZero(read('apart'))),
  brIf(
    0,
    op(
      'and',
      isZero(op('and', op('xor', read('sourceFlags'), read('targetFlags')), i32(LOCATION))),
      op('shrU', read('flags'), i32(31)),
    ),
  ),
  put('entry', plus(read('protocols'), times(load8(read('protocol')), 3))),
  put(
    'classSets',
    plus(
      read('sets'),
      op(
        'mul',
        load16(
          plus(
            read('classes'),
            times(
              plus(load(read('entry')), op('and', load16(read('port')), load(read('entry'), 4))),
              1,
            ),
          ),
        ),
        read('setBytes'),
      ),
    ),
  ),
  findSet('egress'),
  when(
    op('ne', read('set'), i32(EVERYTHING)),
    put('verdict', isInSet),
    brIf(1, isZero(read('verdict'))),
  ),
  findSet('ingress'),
  decide(ALLOWED, op('eq', read('set'), i32(EVERYTHING))),
  put('verdict', isInSet),
);

const forward = (name: string, bytes: number): Code => put(name, plus(read(name), i32(bytes)));

const BODY: Code = [
  ...put('ends', head('ends', 2)),
  ...put('endCount', head('endCount', 0)),
  ...put('identities', head('identities', 2)),
  ...put('protocols', head('protocols', 2)),
  ...put('classes', head('classes', 1)),
  ...put('sets', head('sets', 2)),
  ...put('setBytes', head('setWords', 2)),
  ...put('last', plus(read('out'), read('count'))),
  ...block(
    loop(
      brIf(1, op('geU', read('out'), read('last'))),
      judgeOne,
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

/** The module, the same every time. */
export const KERNEL_BYTES = assemble(
  'judge',
  { parameters: PARAMETERS.length, locals: LOCALS.length, mostPages: MOST_PAGES },
  BODY,
);

/** The kernel over the tables in a memory. */
export const createWasmKernel = (memory: SharedMemory): BatchKernel => {
  const judge = instantiate(KERNEL_BYTES, memory).judge;
  if (typeof judge !== 'function') throw new TypeError('the kernel exports no function');
  return (...batch) => {
    judge(...batch);
  };
};
