/** The first value that is one, asking item by item and no further. */
export const firstDefined = <Item, Value>(
  items: readonly Item[],
  value: (item: Item) => Value | undefined,
): Value | undefined => {
  for (const item of items) {
    const found = value(item);
    if (found !== undefined) return found;
  }
  return undefined;
};
