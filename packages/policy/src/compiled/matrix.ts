import type { IpFamily } from '@podpath/net';
import type { PolicyEnd } from '../flow.ts';
import type { CompiledState } from './compiled-state.ts';
import type { Identity } from './identities.ts';
import { createReach, type Reach } from './reach.ts';
import type { TrafficRange } from './traffic-classes.ts';

/** Ends that no policy tells apart. */
export interface MatrixIdentity {
  readonly kind: Identity['kind'];
  readonly family: IpFamily;
  /** One of them. */
  readonly end: PolicyEnd;
  /** How many pods, nodes or classes of addresses it is. */
  readonly ends: number;
}

/**
 * Who may reach whom, as it was when it was asked for. An identity stands for ends on different nodes, no two of them the same:
 * what is exempt because of where it is, and what host endpoints say, is not in here.
 */
export interface IdentityMatrix {
  readonly identities: readonly MatrixIdentity[];
  /** The protocols and ports of each class of traffic, which all policies treat alike. */
  readonly classes: readonly (readonly TrafficRange[])[];
  /** The number of an end's identity; `undefined` when it does not exist or has no address of the family. */
  indexOf(end: PolicyEnd, family: IpFamily): number | undefined;
  /**
   * The classes that one identity may open to another, both by their numbers, one bit each: class 0 is the lowest bit of the
   * first word. Not to be written to. Throws `RangeError` for numbers that are none.
   */
  between(from: number, to: number): Uint32Array;
  /**
   * For every identity, which others may send it traffic of a class: `sources` has a bit for each, and is only good until the
   * next. Costs about as much as reading the tables. Throws `RangeError` for a class that is none.
   */
  reach(trafficClass: number, visit: (to: number, sources: Uint32Array) => void): void;
}

export const createMatrix = (state: CompiledState): IdentityMatrix => {
  const { ends, identities: known, sets } = state;
  const list: Identity[] = [];
  const described: { -readonly [Key in keyof MatrixIdentity]: MatrixIdentity[Key] }[] = [];
  const indexes = new Int32Array(known.count + 1).fill(-1);
  for (const { end, number } of ends.all()) {
    const identity = ends.identityOf[number];
    if (identity === undefined) continue;
    const before = described[indexes[identity.id] ?? -1];
    if (before !== undefined) {
      before.ends++;
      continue;
    }
    const { kind, family } = identity;
    indexes[identity.id] = list.push(identity) - 1;
    described.push({ kind, family, end, ends: 1 });
  }
  const at = (index: number): Identity => {
    const identity = list[index];
    if (identity === undefined) throw new RangeError(`there is no identity ${index}`);
    return identity;
  };
  const pairs = new Map<number, Uint32Array>();
  const both = (egress: number, ingress: number): Uint32Array => {
    const key = egress * sets.size + ingress;
    let bits = pairs.get(key);
    if (bits === undefined) {
      const other = sets.bitsOf(ingress);
      bits = sets.bitsOf(egress).map((word, index) => word & (other[index] ?? 0));
      pairs.set(key, bits);
    }
    return bits;
  };
  let reach: Reach | undefined;
  return {
    identities: described,
    classes: state.classes.ranges(),
    indexOf: (end, family) => {
      const number = ends.numberOf(end, family);
      const identity = number === undefined ? undefined : ends.identityOf[number];
      return identity === undefined ? undefined : indexes[identity.id];
    },
    between: (from, to) => {
      const [source, target] = [at(from), at(to)];
      if (source.family !== target.family) return sets.none();
      return both(
        state.rows.setOf('egress', source, target),
        state.rows.setOf('ingress', target, source),
      );
    },
    reach: (trafficClass, visit) => {
      if (!(trafficClass in state.classes.classes)) {
        throw new RangeError(`there is no class of traffic ${trafficClass}`);
      }
      reach ??= createReach(state, list, indexes);
      reach(trafficClass, visit);
    },
  };
};
