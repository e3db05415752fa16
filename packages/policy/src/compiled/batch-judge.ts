import { type BatchKernel, judgeBatch, type Places } from './kernel.ts';
import type { Layout } from './layout.ts';
import type { Tables } from './tables.ts';
import { createWasmKernel } from './wasm-kernel.ts';

/** What judges batches: both answer the same. */
export type Kernel = 'wasm' | 'js';

/** Connections between ends by their numbers, one at each index. */
export interface FlowBatch {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** IANA's numbers. */
  readonly protocol: Uint8Array;
  /** Of ICMP, type × 256 + code; ignored where the protocol has neither. */
  readonly port: Uint16Array;
}

/** Batches that lie elsewhere go through the tables' memory in pieces of so many flows. */
const PIECE = 4096;

/** Where the arrays of a batch lie in the tables' memory, in bytes. */
interface Room {
  /** Where the verdicts go without copying. */
  readonly verdicts: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly protocol: number;
  readonly port: number;
  readonly out: number;
}

/** Judges batches with either kernel. */
export class BatchJudge {
  readonly #tables: Tables;
  readonly #rooms = new WeakMap<FlowBatch, Room>();
  readonly #layout: Layout;
  /** Made for where tables are. */
  #wasm: { readonly places: Places; readonly judge: BatchKernel } | undefined;
  #piece: FlowBatch | undefined;

  constructor(tables: Tables, layout: Layout) {
    this.#tables = tables;
    this.#layout = layout;
  }

  /** A batch in the tables' memory, which needs no copying. Its room is not given back. */
  createBatch(capacity: number): { readonly batch: FlowBatch; readonly out: Uint8Array } {
    const aligned = Math.ceil(capacity / 4) * 4;
    const start = 4 * this.#tables.allocate(3 * aligned);
    const { buffer } = this.#tables.memory;
    const [to, port] = [start + 4 * aligned, start + 8 * aligned];
    const [protocol, out] = [port + 2 * aligned, port + 3 * aligned];
    const batch: FlowBatch = {
      from: new Uint32Array(buffer, start, capacity),
      to: new Uint32Array(buffer, to, capacity),
      port: new Uint16Array(buffer, port, capacity),
      protocol: new Uint8Array(buffer, protocol, capacity),
    };
    const verdicts = new Uint8Array(buffer, out, capacity);
    this.#rooms.set(batch, { verdicts, from: start, to, protocol, port, out });
    return { batch, out: verdicts };
  }

  /** Throws `RangeError` when the arrays are not equally long, or `out` is shorter. */
  judge(batch: FlowBatch, out: Uint8Array, which: Kernel): void {
    const count = batch.from.length;
    check(count, batch.to.length, 'destinations');
    check(count, batch.protocol.length, 'protocols');
    check(count, batch.port.length, 'ports');
    if (out.length < count) {
      throw new RangeError(`${count} verdicts do not fit into an array of ${out.length}`);
    }
    const room = this.#rooms.get(batch);
    if (room?.verdicts === out) {
      this.#run(which, count, room);
    } else {
      this.#inPieces(batch, out, which);
    }
  }

  #inPieces({ from, to, protocol, port }: FlowBatch, out: Uint8Array, which: Kernel): void {
    this.#piece ??= this.createBatch(PIECE).batch;
    const piece = this.#piece;
    const room = this.#rooms.get(piece);
    if (room === undefined) throw new RangeError('a piece is a batch of its own');
    for (let at = 0; at < from.length; at += PIECE) {
      const end = Math.min(at + PIECE, from.length);
      piece.from.set(from.subarray(at, end));
      piece.to.set(to.subarray(at, end));
      piece.protocol.set(protocol.subarray(at, end));
      piece.port.set(port.subarray(at, end));
      this.#run(which, end - at, room);
      out.set(room.verdicts.subarray(0, end - at), at);
    }
  }

  #run(which: Kernel, count: number, { from, to, protocol, port, out }: Room): void {
    const places = this.#layout.places();
    if (which === 'js') {
      judgeBatch(places, count, from, to, protocol, port, out);
      return;
    }
    if (this.#wasm?.places !== places) {
      this.#wasm = { places, judge: createWasmKernel(this.#tables) };
    }
    this.#wasm.judge(count, from, to, protocol, port, out);
  }
}

const check = (count: number, length: number, what: string): void => {
  if (length !== count) throw new RangeError(`a batch has ${count} sources and ${length} ${what}`);
};
