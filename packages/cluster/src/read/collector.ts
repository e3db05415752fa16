import { type ClusterOptions, checkOptions, DEFAULT_NAMESPACE } from '../options.ts';
import { ClusterLoadError, formatPlace, type Problem } from '../problem.ts';
import type { SourceLocation } from '../source-location.ts';
import { type ApiObject, apiObjectsIn, type Locate } from './api-object.ts';
import type { FieldPath } from './field.ts';
import { emptyInventory, type Inventory } from './inventory.ts';
import { isKnownKind, readObject } from './read-object.ts';

/** Reads documents into one inventory and collects every problem on the way. */
export class Collector {
  readonly inventory: Inventory = emptyInventory();
  readonly problems: Problem[] = [];
  readonly #seen = new Map<string, Partial<SourceLocation>>();
  readonly #defaultNamespace: string;
  readonly #strictCidrs: boolean;
  readonly #lenientPolicies: boolean;
  readonly #refuseUnknownMembers: boolean;

  constructor(options: ClusterOptions, refuseUnknownMembers: boolean) {
    checkOptions(options);
    this.#defaultNamespace = options.defaultNamespace ?? DEFAULT_NAMESPACE;
    this.#strictCidrs = options.strictCidrs ?? false;
    this.#lenientPolicies = options.lenientPolicies ?? false;
    this.#refuseUnknownMembers = refuseUnknownMembers;
  }

  /** `place` is what is known of every part's place; `locate` finds a part's own, if it has one. */
  add(value: unknown, place: Partial<SourceLocation>, locate: Locate): void {
    for (const object of apiObjectsIn(value, locate)) this.#addObject(object, place);
  }

  throwIfAny(): void {
    if (this.problems.length > 0) throw new ClusterLoadError(this.problems);
  }

  #addObject(object: ApiObject, place: Partial<SourceLocation>): void {
    const { findings, locate } = object;
    if (findings.length === 0) {
      this.#checkUnique(object, place);
      const context = {
        defaultNamespace: this.#defaultNamespace,
        strictCidrs: this.#strictCidrs,
        lenientPolicies: this.#lenientPolicies,
        refuseUnknownMembers: this.#refuseUnknownMembers,
        sourceOf: (path: FieldPath) => locate(path),
      };
      readObject(object, context, this.inventory);
    }
    for (const { path, ...finding } of findings) {
      this.problems.push({ ...finding, ...place, ...locate(path), ...this.#identityOf(object) });
    }
  }

  #checkUnique(object: ApiObject, place: Partial<SourceLocation>): void {
    const { name } = this.#identityOf(object);
    // Namespaces may be there several times.
    if (name === undefined || object.kind === 'Namespace' || !isKnownKind(object)) return;
    const named = `${object.kind} ${name}`;
    // Calico has a NetworkPolicy too.
    const key = object.group.endsWith('projectcalico.org') ? `Calico ${named}` : named;
    const first = this.#seen.get(key);
    if (first === undefined) {
      this.#seen.set(key, object.locate([]) ?? place);
      return;
    }
    const field = object.root.at('metadata').at('name');
    const reason = `${named} is there already: ${formatPlace(first)}`;
    field.report('FieldValueDuplicate', reason, 'each object once');
  }

  /** Kind and full name, as far as they can be made out. */
  #identityOf({ kind, root }: ApiObject): Pick<Problem, 'kind' | 'name'> {
    const metadata = root.at('metadata');
    const name = metadata.at('name').value;
    const namespace = metadata.at('namespace').value;
    return {
      ...(kind === '' ? {} : { kind }),
      ...(typeof name === 'string' && name !== ''
        ? { name: CLUSTER_SCOPED.has(kind) ? name : this.#fullName(namespace, name) }
        : {}),
    };
  }

  #fullName(namespace: unknown, name: string): string {
    const prefix =
      typeof namespace === 'string' && namespace !== '' ? namespace : this.#defaultNamespace;
    return `${prefix}/${name}`;
  }
}

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'GlobalNetworkSet',
  'Tier',
  'HostEndpoint',
  'Profile',
]);
