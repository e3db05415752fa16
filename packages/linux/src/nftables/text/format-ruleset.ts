import type { Chain, MapData, NamedSet, ProgrammedRule } from '../evaluate/objects.ts';
import type { NftElement, NftSetSpec } from '../model/ruleset.ts';
import { compareListed } from '../normal/listing-order.ts';
import type { SetElement } from '../sets/set-element.ts';
import type { Ruleset } from '../state/ruleset.ts';
import type { NftTable } from '../state/table.ts';
import { formatBaseChain } from './chain-text.ts';
import type { NftListOptions } from './list-options.ts';
import { formatNftRule } from './rule-text.ts';
import type { DeviceNames } from './scalar-text.ts';
import { formatElement, formatElements, formatSetSpec } from './set-text.ts';

/** As `nft list ruleset` prints it. */
export const formatRuleset = (
  { tables, env }: Pick<Ruleset, 'tables' | 'env'>,
  options: NftListOptions,
): string => {
  const listing = new Listing((index) => env.deviceName(index), env.nowMs(), options);
  return [...tables.values()].map((table) => listing.table(table)).join('');
};

class Listing {
  readonly #devices: DeviceNames;
  readonly #nowMs: number;
  readonly #options: NftListOptions;

  constructor(devices: DeviceNames, nowMs: number, options: NftListOptions) {
    this.#devices = devices;
    this.#nowMs = nowMs;
    this.#options = options;
  }

  table({ family, name, handle, comment, dormant, sets, chains }: NftTable): string {
    const head = [
      `table ${family} ${name} {${this.#handle(handle)}`,
      ...(dormant ? ['\tflags dormant'] : []),
      ...(comment === undefined ? [] : [`\tcomment "${comment}"`]),
    ];
    const objects = [
      ...[...sets.values()].map((set) => this.#set(set)),
      ...[...chains.values()].map((chain) => this.#chain(chain)),
    ];
    const gap = dormant && objects.length > 0 ? '\n' : '';
    return `${head.join('\n')}\n${gap}${objects.join('\n')}}\n`;
  }

  #set({ name, handle, spec, set }: NamedSet): string {
    const elements = this.#inOrder(set.key, [...set.elements()], spec.interval === true).map(
      (element) =>
        formatElement(this.#listed(element), spec, this.#devices, this.#options.stateless === true),
    );
    const lines = [
      ...formatSetSpec(listedSpec(spec)),
      ...(elements.length === 0 ? [] : [formatElements(set.key, elements)]),
    ].map((line) => `\t\t${line}\n`);
    const what = spec.data === undefined ? 'set' : 'map';
    return `\t${what} ${name} {${this.#handle(handle)}\n${lines.join('')}\t}\n`;
  }

  /** Intervals lie in order already. */
  #inOrder(
    key: NamedSet['set']['key'],
    elements: SetElement<MapData>[],
    intervals: boolean,
  ): readonly SetElement<MapData>[] {
    return intervals ? elements : elements.sort((a, b) => compareListed(key, a.first, b.first));
  }

  /** With what is left of its time; its own timeout only where it differs from the set's. */
  #listed({ element, counter, timeoutMs, expiresAtMs }: SetElement<MapData>): NftElement {
    const { timeoutMs: own, expiresMs: _, counter: __, ...rest } = element;
    const expires = expiresAtMs !== Number.POSITIVE_INFINITY && this.#options.stateless !== true;
    return {
      ...rest,
      ...(counter === undefined ? {} : { counter }),
      ...(own === undefined || timeoutMs === undefined ? {} : { timeoutMs }),
      ...(expires ? { expiresMs: expiresAtMs - this.#nowMs } : {}),
    };
  }

  #chain({ family, name, handle, base, policy, comment, rules }: Chain): string {
    const lines = [
      ...(comment === undefined ? [] : [`comment "${comment}"`]),
      ...(base === undefined ? [] : [formatBaseChain(base, policy, family)]),
      ...rules.map((rule) => `${this.#rule(rule)}${this.#handle(rule.handle)}`),
    ].map((line) => `\t\t${line}\n`);
    return `\tchain ${name} {${this.#handle(handle)}\n${lines.join('')}\t}\n`;
  }

  #rule({ rule, compiled }: ProgrammedRule): string {
    const counters = compiled.counters.values();
    return formatNftRule(rule, {
      devices: this.#devices,
      counted: () => counters.next().value,
      stateless: this.#options.stateless === true,
      listed: true,
    });
  }

  #handle(handle: number): string {
    return this.#options.handles === true ? ` # handle ${handle}` : '';
  }
}

/** That a set counts is listed, and from where on is not. */
const listedSpec = (spec: NftSetSpec): NftSetSpec =>
  spec.counter === undefined ? spec : { ...spec, counter: { packets: 0, bytes: 0 } };
