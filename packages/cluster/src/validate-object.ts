import { DEFAULT_NAMESPACE } from './options.ts';
import type { FieldProblem } from './problem.ts';
import { apiObjectsIn } from './read/api-object.ts';
import { emptyInventory } from './read/inventory.ts';
import { isKnownKind, readObject } from './read/read-object.ts';

/**
 * Everything that the API server would find wrong with an object of a kind that podpath reads, created anew; unknown
 * members are passed over. Of a kind that podpath does not read, that it does not. Never throws.
 */
export const validateObject = (
  object: unknown,
  { strictCidrs = false }: { readonly strictCidrs?: boolean } = {},
): FieldProblem[] => {
  const context = {
    defaultNamespace: DEFAULT_NAMESPACE,
    strictCidrs,
    lenientPolicies: false,
    refuseUnknownMembers: false,
    sourceOf: () => undefined,
  };
  return [...apiObjectsIn(object, () => undefined)].flatMap((each) => {
    const { root, findings, apiVersion, kind } = each;
    if (findings.length === 0 && isKnownKind(each)) readObject(each, context, emptyInventory());
    else if (findings.length === 0) {
      const reason = `podpath does not read ${apiVersion} ${kind}`;
      root.at('kind').report('FieldValueNotSupported', reason, 'a kind that it reads');
    }
    return findings.map(({ type, field, reason, expected }) => ({ type, field, reason, expected }));
  });
};
