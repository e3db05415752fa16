import type { InputReader } from './input/input-reader.ts';

/** Files in memory, by path with `/`; a directory is there when something is in it. */
export const memoryReader = (files: Readonly<Record<string, string | Error>>): InputReader => ({
  async kindOf(path) {
    if (Object.hasOwn(files, path)) return 'file';
    return Object.keys(files).some((file) => file.startsWith(`${path}/`)) ? 'directory' : undefined;
  },

  async list(directory) {
    const within = Object.keys(files).filter((file) => file.startsWith(`${directory}/`));
    const names = new Set(
      within.map((file) => file.slice(directory.length + 1).split('/')[0] ?? ''),
    );
    return [...names].reverse().map((name) => {
      const path = `${directory}/${name}`;
      return { path, name, kind: Object.hasOwn(files, path) ? 'file' : 'directory' };
    });
  },

  async read(file) {
    const content = files[file];
    if (content instanceof Error) throw content;
    return content ?? '';
  },
});
