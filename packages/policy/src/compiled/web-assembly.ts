/** What is used of WebAssembly, which the compiler's own library knows only together with a whole browser. */
export interface SharedMemory {
  /** Another one, and longer, after the memory has grown. */
  readonly buffer: SharedArrayBuffer;
  /** By so many pages of 64 KiB. */
  grow(pages: number): number;
}

declare const WebAssembly: {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly tables: { readonly memory: SharedMemory } },
  ) => { readonly exports: { readonly [name: string]: unknown } };
};

export const PAGE_BYTES = 65_536;

/** Pages are taken from the machine when they are first written to. */
export const createMemory = (initial: number, maximum: number): SharedMemory =>
  new WebAssembly.Memory({ initial, maximum, shared: true });

/** What a module exports that imports the memory alone. */
export const instantiate = (
  bytes: Uint8Array,
  memory: SharedMemory,
): { readonly [name: string]: unknown } =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { tables: { memory } }).exports;
