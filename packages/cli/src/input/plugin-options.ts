import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { type Io, UsageError } from '../io.ts';
import { PLUGIN_NAMES } from '../plugins.ts';

/**
 * Reads `--plugin-options FILE`: YAML or JSON with a key for each plugin and that plugin's options under it.
 * The plugins themselves judge what is under their key.
 */
export async function readPluginOptions(
  file: string | undefined,
  io: Io,
): Promise<ReadonlyMap<string, unknown>> {
  if (file === undefined) return new Map();
  const value = await parseFile(resolve(io.cwd, file), file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${file}: expected a mapping from plugin name to options`);
  }
  const entries = Object.entries(value);
  for (const [name] of entries) {
    if (!PLUGIN_NAMES.includes(name)) {
      throw new UsageError(
        `${file}: ${name}: no such plugin; expected any of ${PLUGIN_NAMES.join(', ')}`,
      );
    }
  }
  return new Map(entries);
}

async function parseFile(path: string, shown: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${shown}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${shown}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
