import { expect, it } from 'vitest';
import { assemble, get, i32, load8, op, store8 } from './assembler.ts';
import { kernelModule } from './wasm-kernel.ts';
import { createMemory, instantiate } from './web-assembly.ts';

it('the kernel stays small', () => {
  expect(kernelModule(() => 1 << 28).length).toBeLessThan(1024);
});

it.each([0, 1, 63, 64, 127, 128, 300, -1, -64, -65, 0x7fff_ffff, 0x8000_0000])(
  'the assembler writes the constant %i',
  (value) => {
    const memory = createMemory(1, 1);
    // Stores byte `which` of the sum of the constant and what is stored there.
    const body = store8(
      get(0),
      op('add', load8(get(0)), op('shrU', i32(value), op('shl', get(0), i32(3)))),
    );
    const bytes = assemble('run', { parameters: 1, locals: 0, mostPages: 1 }, body);
    const { run } = instantiate(bytes, memory);
    if (typeof run !== 'function') throw new TypeError('no function');
    for (const which of [0, 1, 2, 3]) run(which);
    expect(new DataView(memory.buffer).getInt32(0, true)).toBe(value | 0);
  },
);
