/** The value of a key, made and kept when the map has none. */
export const getOrAdd = <Key, Value extends NonNullable<unknown>>(
  map: Map<Key, Value>,
  key: Key,
  make: () => Value,
): Value => {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
};
