/** What something that moves arrives at. */
export interface Destination<Moving> {
  receive(moving: Moving): void;
}

const FIRST_CAPACITY = 16;

/** What is on its way, in the order in which it set out. A ring that grows when it is full: passing through it allocates nothing. */
export class MovingQueue<Moving> {
  #destinations: (Destination<Moving> | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #moving: (Moving | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(destination: Destination<Moving>, moving: Moving): void {
    if (this.#size === this.#destinations.length) this.#grow();
    const at = (this.#head + this.#size) & (this.#destinations.length - 1);
    this.#destinations[at] = destination;
    this.#moving[at] = moving;
    this.#size++;
  }

  /** Lets the first arrive. Returns false when nothing moves. */
  arrive(): boolean {
    const at = this.#head;
    const destination = this.#destinations[at];
    const moving = this.#moving[at];
    if (destination === undefined || moving === undefined) return false;
    this.#destinations[at] = undefined;
    this.#moving[at] = undefined;
    this.#head = (at + 1) & (this.#destinations.length - 1);
    this.#size--;
    destination.receive(moving);
    return true;
  }

  clear(): void {
    this.#destinations.fill(undefined);
    this.#moving.fill(undefined);
    this.#size = 0;
  }

  #grow(): void {
    this.#destinations = unrolled(this.#destinations, this.#head);
    this.#moving = unrolled(this.#moving, this.#head);
    this.#head = 0;
  }
}

/** Twice as long, beginning at the head. */
function unrolled<T>(ring: readonly T[], head: number): (T | undefined)[] {
  const longer = [...ring.slice(head), ...ring.slice(0, head)];
  return [...longer, ...new Array<undefined>(ring.length).fill(undefined)];
}
