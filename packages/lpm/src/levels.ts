interface Level {
  readonly length: number;
}

/** The level of a length in a list that runs from the longest to the shortest. */
export const levelOf = <L extends Level>(levels: readonly L[], length: number): L | undefined =>
  levels.find((level) => level.length === length);

/** Puts a level where its length belongs. */
export const addLevel = <L extends Level>(levels: L[], level: L): L => {
  const shorter = levels.findIndex(({ length }) => length < level.length);
  levels.splice(shorter < 0 ? levels.length : shorter, 0, level);
  return level;
};

export const removeLevel = <L extends Level>(levels: L[], level: L): void => {
  levels.splice(levels.indexOf(level), 1);
};
