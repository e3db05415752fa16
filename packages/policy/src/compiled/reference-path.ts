import type { Cluster } from '@podpath/cluster';
import { type IpFamily, IpProtocol } from '@podpath/net';
import type { Knowledge } from '../address-knowledge.ts';
import { createEvaluator, type PolicyEvaluator } from '../evaluator.ts';
import type { PolicyFlow } from '../flow.ts';
import type { Policy, PolicyModel } from '../model.ts';
import { rulesOf } from './prefixes.ts';
import { hasPortNumbers, isIcmpNumber, SOURCE_PORT } from './traffic-classes.ts';

const ECHO = { 4: { type: 8, code: 0 }, 6: { type: 128, code: 0 } } as const;
const MOST = { protocol: 255, port: 0xffff, type: 255 };

/** The exact and slow way, for what is not in the tables. */
export class ReferencePath {
  readonly #make: () => PolicyEvaluator;
  #asksSourcePorts: boolean;
  #evaluator: PolicyEvaluator | undefined;

  /** `cluster` and `model` as they are now. */
  constructor(cluster: () => Cluster, model: () => PolicyModel, knowledge: Knowledge) {
    this.#make = () => createEvaluator(cluster(), model(), knowledge);
    this.#asksSourcePorts = model().tiers.some(({ policies }) => policies.some(asksSourcePorts));
  }

  /** After a change, with the policy that it brought. */
  forget(policy: Policy | undefined): void {
    this.#evaluator = undefined;
    if (policy !== undefined && asksSourcePorts(policy)) this.#asksSourcePorts = true;
  }

  verdict(flow: PolicyFlow): boolean {
    this.#evaluator ??= this.#make();
    return this.#evaluator.verdict(flow).allowed;
  }

  /** What of a flow the tables go by; `undefined` when they cannot. */
  inTables(
    { protocol: given, port, sourcePort = SOURCE_PORT, icmp }: PolicyFlow,
    family: IpFamily,
  ): { readonly protocol: number; readonly port: number } | undefined {
    const protocol =
      typeof given === 'number'
        ? given
        : given === 'ICMP' && family === 6
          ? IpProtocol.ICMPV6
          : IpProtocol[given];
    if (!isWithin(protocol, MOST.protocol)) return undefined;
    if (isIcmpNumber(protocol)) {
      const { type, code } = icmp ?? ECHO[family];
      const known = isWithin(type, MOST.type) && isWithin(code, MOST.type);
      return known ? { protocol, port: type * 256 + code } : undefined;
    }
    if (!hasPortNumbers(protocol)) return { protocol, port: 0 };
    if (this.#asksSourcePorts && sourcePort !== SOURCE_PORT) return undefined;
    return isWithin(port, MOST.port) ? { protocol, port } : undefined;
  }
}

const isWithin = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most;

const asksSourcePorts = (policy: Policy): boolean =>
  [...rulesOf(policy)].some(
    ({ traffic }) =>
      traffic !== 'any' &&
      traffic.some(
        ({ sourcePorts, notSourcePorts }) =>
          sourcePorts !== undefined || notSourcePorts !== undefined,
      ),
  );
