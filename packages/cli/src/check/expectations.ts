import {
  type FlowProtocol,
  formatProblem,
  type Problem,
  type SourceLocation,
} from '@podpath/cluster';
import type { IpFamily } from '@podpath/net';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { PLUGIN_NAMES } from '../plugins.ts';

/** An expectation as it was written. */
export interface WrittenExpectation {
  readonly name?: string;
  readonly from: string;
  readonly to: string;
  readonly protocol: FlowProtocol;
  /** 0 for ICMP. */
  readonly port: number;
  readonly family?: IpFamily;
  readonly allowed: boolean;
  /** Absent: what the policies say, under no plugin. */
  readonly plugin?: string;
  readonly source: SourceLocation;
}

/** A file that holds no expectations. Carries every problem found, not just the first. */
export class ExpectationsError extends Error {
  override readonly name = 'ExpectationsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** Reads the YAML or JSON of a file. Throws `ExpectationsError`. */
export function parseExpectations(text: string, file: string): readonly WrittenExpectation[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [first] = document.errors;
  const placeOf = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, document: 1, line, column: col };
  };
  if (first !== undefined) {
    const { reason, expected } = { reason: firstLine(first.message), expected: 'YAML or JSON' };
    const place = placeOf(first.pos[0]);
    throw new ExpectationsError([{ type: 'syntax', field: '', reason, expected, ...place }]);
  }
  const reader = new Reader(placeOf);
  const expectations = reader.file(document.contents);
  if (reader.problems.length > 0) throw new ExpectationsError(reader.problems);
  return expectations;
}

const firstLine = (text: string): string => text.split('\n')[0]?.replace(/:$/, '') ?? text;

const PROTOCOLS: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP', 'ICMP'];
const LAST_PORT = 65535;
const FIELDS = ['name', 'from', 'to', 'port', 'protocol', 'family', 'expect', 'plugin'];

/** Reads nodes, and keeps what is wrong with them. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #placeOf: (offset: number) => SourceLocation;

  constructor(placeOf: (offset: number) => SourceLocation) {
    this.#placeOf = placeOf;
  }

  file(contents: Node | null): readonly WrittenExpectation[] {
    if (!isMap(contents)) {
      this.#wrong(contents, '', 'this is no mapping', 'a mapping with the key expectations');
      return [];
    }
    this.#refuseOthers(contents, '', ['expectations']);
    const list = nodeAt(contents, 'expectations');
    if (!isSeq(list) || list.items.length === 0) {
      const reason = list === undefined ? 'there is none' : 'this is no list of expectations';
      this.#wrong(list ?? contents, 'expectations', reason, 'a list of at least one');
      return [];
    }
    return list.items.flatMap((item, index) => {
      const field = `expectations[${index}]`;
      if (isMap(item)) return this.#expectation(item, field) ?? [];
      const node = isNode(item) ? item : list;
      this.#wrong(node, field, 'this is no mapping', 'a mapping with from, to and expect');
      return [];
    });
  }

  #expectation(map: YAMLMap, field: string): WrittenExpectation | undefined {
    const before = this.problems.length;
    this.#refuseOthers(map, field, FIELDS);
    const name = this.#text(map, field, 'name');
    const from = this.#required(
      map,
      field,
      'from',
      'namespace/pod, namespace/workload, node:NAME or an address',
    );
    const to = this.#required(
      map,
      field,
      'to',
      'namespace/pod, namespace/workload, node:NAME or an address',
    );
    const protocol = this.#oneOf(map, field, 'protocol', PROTOCOLS) ?? 'TCP';
    const port = this.#port(map, field, protocol);
    const family = this.#oneOf(map, field, 'family', ['4', '6'] as const);
    const expect = this.#oneOf(map, field, 'expect', ['allowed', 'denied'] as const);
    if (nodeAt(map, 'expect') === undefined) {
      this.#wrong(map, `${field}.expect`, 'there is none', 'allowed or denied');
    }
    const plugin = this.#oneOf(map, field, 'plugin', PLUGIN_NAMES);
    if (this.problems.length > before) return undefined;
    return {
      ...(name === undefined ? {} : { name }),
      from: from ?? '',
      to: to ?? '',
      protocol,
      port: port ?? 0,
      ...(family === undefined ? {} : { family: family === '4' ? 4 : 6 }),
      allowed: expect === 'allowed',
      ...(plugin === undefined ? {} : { plugin }),
      source: this.#placeOf(map.range?.[0] ?? 0),
    };
  }

  #port(map: YAMLMap, field: string, protocol: FlowProtocol): number | undefined {
    const path = `${field}.port`;
    const node = nodeAt(map, 'port');
    if (protocol === 'ICMP') {
      if (node !== undefined) this.#wrong(node, path, 'ICMP has no ports', 'none');
      return undefined;
    }
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LAST_PORT) {
      return value;
    }
    const reason =
      node === undefined ? `there is none, and ${protocol} needs one` : `${show(node)} is no port`;
    this.#wrong(node ?? map, path, reason, `a number from 1 to ${LAST_PORT}`);
    return undefined;
  }

  #oneOf<Choice extends string>(
    map: YAMLMap,
    field: string,
    key: string,
    choices: readonly Choice[],
  ): Choice | undefined {
    const node = nodeAt(map, key);
    if (node === undefined) return undefined;
    const text = isScalar(node) ? String(node.value).toLowerCase() : undefined;
    const choice = choices.find((each) => each.toLowerCase() === text);
    if (choice === undefined) {
      this.#wrong(node, `${field}.${key}`, `${show(node)} is none of them`, choices.join(', '));
    }
    return choice;
  }

  #required(map: YAMLMap, field: string, key: string, expected: string): string | undefined {
    if (nodeAt(map, key) === undefined)
      this.#wrong(map, `${field}.${key}`, 'there is none', expected);
    return this.#text(map, field, key);
  }

  #text(map: YAMLMap, field: string, key: string): string | undefined {
    const node = nodeAt(map, key);
    if (node === undefined) return undefined;
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    this.#wrong(node, `${field}.${key}`, `${show(node)} is no text`, 'a text');
    return undefined;
  }

  #refuseOthers(map: YAMLMap, field: string, known: readonly string[]): void {
    for (const { key } of map.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (known.includes(name)) continue;
      const path = field === '' ? name : `${field}.${name}`;
      this.#wrong(
        isNode(key) ? key : map,
        path,
        'there is no such field',
        `any of ${known.join(', ')}`,
      );
    }
  }

  #wrong(node: Node | null, field: string, reason: string, expected: string): void {
    const place = this.#placeOf(node?.range?.[0] ?? 0);
    this.problems.push({ type: 'FieldValueInvalid', field, reason, expected, ...place });
  }
}

const nodeAt = (map: YAMLMap, key: string): Node | undefined => {
  const node = map.get(key, true);
  return isNode(node) ? node : undefined;
};

const isNode = (value: unknown): value is Node => isScalar(value) || isMap(value) || isSeq(value);

const show = (node: Node): string =>
  isScalar(node) ? JSON.stringify(node.value) : isSeq(node) ? 'a list' : 'a mapping';
