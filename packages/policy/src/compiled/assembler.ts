/** Just enough of WebAssembly's binary format for one function over imported memory, written as nested expressions. */
export type Code = readonly number[];

const I32 = 0x7f;
const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load: 0x28,
  load8: 0x2d,
  load16: 0x2f,
  store8: 0x3a,
  constant: 0x41,
  eqz: 0x45,
} as const;

const BINARY = {
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  geS: 0x4e,
  geU: 0x4f,
  add: 0x6a,
  mul: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrS: 0x75,
  shrU: 0x76,
} as const;

const unsigned = (value: number): Code => {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

const signed = (value: number): Code => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
};

export const get = (local: number): Code => [OP.localGet, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [
  ...value,
  OP.localSet,
  ...unsigned(local),
];
/** Sets and gives the value. */
export const tee = (local: number, value: Code): Code => [
  ...value,
  OP.localTee,
  ...unsigned(local),
];
export const i32 = (value: number): Code => [OP.constant, ...signed(value)];
export const op = (name: keyof typeof BINARY, left: Code, right: Code): Code => [
  ...left,
  ...right,
  BINARY[name],
];
export const isZero = (value: Code): Code => [...value, OP.eqz];

/** Without a branch. */
export const select = (condition: Code, yes: Code, no: Code): Code => [
  ...yes,
  ...no,
  ...condition,
  OP.select,
];

/** Of 32 bits, at an address in bytes; alignment is a hint in powers of two. */
export const load = (address: Code, offset = 0): Code => [
  ...address,
  OP.load,
  2,
  ...unsigned(offset),
];
export const load16 = (address: Code, offset = 0): Code => [
  ...address,
  OP.load16,
  1,
  ...unsigned(offset),
];
export const load8 = (address: Code): Code => [...address, OP.load8, 0, 0];
export const store8 = (address: Code, value: Code): Code => [...address, ...value, OP.store8, 0, 0];

const NO_RESULT = 0x40;
/** Branches count from the innermost block or loop, which is 0. */
export const block = (...body: readonly Code[]): Code => [
  OP.block,
  NO_RESULT,
  ...body.flat(),
  OP.end,
];
export const loop = (...body: readonly Code[]): Code => [
  OP.loop,
  NO_RESULT,
  ...body.flat(),
  OP.end,
];
export const whenElse = (condition: Code, yes: readonly Code[], no: readonly Code[]): Code => [
  ...condition,
  OP.if,
  NO_RESULT,
  ...yes.flat(),
  OP.else,
  ...no.flat(),
  OP.end,
];
export const br = (depth: number): Code => [OP.br, ...unsigned(depth)];
export const brIf = (depth: number, condition: Code): Code => [
  ...condition,
  OP.brIf,
  ...unsigned(depth),
];

const section = (id: number, body: Code): Code => [id, ...unsigned(body.length), ...body];
const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const text = (value: string): Code =>
  list([...new TextEncoder().encode(value)].map((one) => [one]));

/**
 * A module that imports the shared memory `tables.memory` and exports one function, of 32-bit numbers and without a
 * result.
 */
export const assemble = (
  name: string,
  shape: { readonly parameters: number; readonly locals: number; readonly mostPages: number },
  body: Code,
): Uint8Array<ArrayBuffer> => {
  const parameters = list(Array.from({ length: shape.parameters }, () => [I32]));
  const shared = 0x03;
  const memory = [0x02, shared, ...unsigned(0), ...unsigned(shape.mostPages)];
  const code = [...list([[...unsigned(shape.locals), I32]]), ...body, OP.end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([[0x60, ...parameters, ...list([])]])),
    ...section(2, list([[...text('tables'), ...text('memory'), ...memory]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text(name), 0x00, 0]])),
    ...section(10, list([[...unsigned(code.length), ...code]])),
  ]);
};
