/**
 * The object with its keys in the canonical spelling where they differ from it in case only: flanneld decodes
 * its network config without regard to case. Anything else is returned as it is, for the schema to refuse.
 */
export function withCanonicalKeys(
  value: unknown,
  keys: readonly string[],
  inner: Readonly<Record<string, readonly string[]>> = {},
): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const canonical = new Map(keys.map((key) => [key.toLowerCase(), key]));
  return Object.fromEntries(
    Object.entries(value).map(([given, content]: [string, unknown]) => {
      const key = canonical.get(given.toLowerCase()) ?? given;
      const innerKeys = inner[key];
      return [key, innerKeys === undefined ? content : withCanonicalKeys(content, innerKeys)];
    }),
  );
}
