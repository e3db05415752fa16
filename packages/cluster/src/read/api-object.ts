import type { SourceLocation } from '../source-location.ts';
import { Field, type FieldPath, type Finding, isObject } from './field.ts';

/** A single API object (never a List) with its group and kind, before its fields are read. */
export interface ApiObject {
  /** Without the version: `apps`; empty for the core group. */
  readonly group: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly root: Field;
  readonly findings: Finding[];
  /** Place of a part of the object; `undefined` for objects that come from memory. */
  locate(path: FieldPath): SourceLocation | undefined;
}

export type Locate = ApiObject['locate'];

const DEEPEST_LIST = 3;

/**
 * The objects in a document: itself, or what a `List` or `…List` holds. Items of a typed list may leave
 * out kind and version, as the API server does.
 */
export function* apiObjectsIn(value: unknown, locate: Locate): Generator<ApiObject> {
  yield* unpack(value, locate, { kind: undefined, apiVersion: undefined }, 0);
}

interface Defaults {
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
}

function* unpack(
  value: unknown,
  locate: Locate,
  defaults: Defaults,
  depth: number,
): Generator<ApiObject> {
  const findings: Finding[] = [];
  const root = Field.root(value, findings);
  const bare = { group: '', apiVersion: '', kind: '', root, findings, locate };
  if (!isObject(value)) {
    root.wrongType('a Kubernetes object');
    yield bare;
    return;
  }
  const kind = root.at('kind').text() ?? defaults.kind;
  const apiVersion = root.at('apiVersion').text() ?? defaults.apiVersion;
  if (findings.length === 0 && kind === undefined) {
    root.at('kind').required('this is no Kubernetes object: it has no kind', 'a kind such as Pod');
  }
  if (findings.length === 0 && apiVersion === undefined) {
    root.at('apiVersion').required('there is no apiVersion', 'a version such as v1');
  }
  if (kind === undefined || apiVersion === undefined) {
    yield { ...bare, kind: kind ?? '' };
  } else if (isList(kind, value)) {
    yield* unpackList(root, kind, apiVersion, { locate, findings, depth });
  } else {
    yield { ...bare, group: groupOf(apiVersion), apiVersion, kind };
  }
}

function* unpackList(
  root: Field,
  kind: string,
  apiVersion: string,
  { locate, findings, depth }: { locate: Locate; findings: Finding[]; depth: number },
): Generator<ApiObject> {
  const items = root.at('items').items();
  if (depth >= DEEPEST_LIST) {
    root.invalid('lists are nested too deeply', `lists within at most ${DEEPEST_LIST} lists`);
  }
  if (findings.length > 0) {
    yield { group: groupOf(apiVersion), apiVersion, kind, root, findings, locate };
    return;
  }
  const itemKind = kind.slice(0, -'List'.length);
  const defaults: Defaults =
    itemKind === '' ? { kind: undefined, apiVersion: undefined } : { kind: itemKind, apiVersion };
  for (const [index, item] of items.entries()) {
    const prefix: FieldPath = ['items', index];
    yield* unpack(item.value, (path) => locate([...prefix, ...path]), defaults, depth + 1);
  }
}

const isList = (kind: string, value: Record<string, unknown>): boolean =>
  kind === 'List' || (kind.endsWith('List') && Array.isArray(value.items));

const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
