import type { Cluster } from '@podpath/cluster';
import type { CompiledPolicy, FlowBatch, PolicyEnd, PolicyFlow } from '@podpath/policy';
import { PORTS } from './policy-cluster.ts';
import { createRandom } from './random.ts';

/** Flows as users name them, and the same as a batch. */
export interface PolicyStream {
  readonly flows: readonly PolicyFlow[];
  readonly batch: FlowBatch;
  readonly out: Uint8Array;
}

const OUTSIDE = [0x0808_0808, 0x0101_0101, 0xcb00_7107];

/**
 * Connections between pods, half of them within a namespace, one in ten from outside; ports are those of rules or, one in ten,
 * any. Half of the stream is drawn again until it is allowed, because most of what is sent in a cluster is.
 */
export function policyStream(
  cluster: Cluster,
  compiled: CompiledPolicy,
  count: number,
  seed: number,
): PolicyStream {
  const random = createRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[random.below(items.length)];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  };
  const numbered = (end: PolicyEnd): NumberedEnd => {
    const number = compiled.endOf(end, 4);
    if (number === undefined) throw new RangeError('the stream has IPv4 alone');
    return { end, number };
  };
  const pods = [...cluster.pods.values()].map(({ namespace, name }) => ({
    namespace,
    ...numbered({ kind: 'pod', namespace, name }),
  }));
  const neighbours = Map.groupBy(pods, ({ namespace }) => namespace);
  const outside = OUTSIDE.map((address) => numbered({ kind: 'address', address }));
  const draw = () => {
    const to = pick(pods);
    const near = random.below(2) === 0 ? (neighbours.get(to.namespace) ?? pods) : pods;
    return {
      from: random.below(10) === 0 ? pick(outside) : pick(near),
      to,
      protocol: random.below(10) === 0 ? 17 : 6,
      port: random.below(10) === 0 ? random.below(65_536) : pick(PORTS),
    };
  };
  type Drawn = ReturnType<typeof draw>;
  const isAllowed = ({ from, to, protocol, port }: Drawn): boolean =>
    compiled.verdictOf(from.number, to.number, protocol, port);
  const drawn = Array.from({ length: count }, (_, index) => {
    let flow = draw();
    if (index % 2 === 0) {
      for (let tries = 0; tries < MOST_TRIES && !isAllowed(flow); tries++) flow = draw();
    }
    return flow;
  });
  const { batch, out } = compiled.createBatch(count);
  for (const [at, { from, to, protocol, port }] of drawn.entries()) {
    batch.from[at] = from.number;
    batch.to[at] = to.number;
    batch.protocol[at] = protocol;
    batch.port[at] = port;
  }
  const flows = drawn.map((each) => ({ ...each, from: each.from.end, to: each.to.end }));
  return { flows, batch, out };
}

interface NumberedEnd {
  readonly end: PolicyEnd;
  /** In batches. */
  readonly number: number;
}

const MOST_TRIES = 10_000;
