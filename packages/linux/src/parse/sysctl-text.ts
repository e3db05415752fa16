import type { SysctlSet } from '../commands.ts';
import { LineCursor } from './line-cursor.ts';
import { type Located, meaningfulLines } from './located.ts';

export interface SysctlDump {
  readonly commands: readonly Located<SysctlSet>[];
  /** Settings that are text or lists of numbers, which no command sets. */
  readonly others: number;
}

/** The numbers of every namespace that podpath looks at begin so. */
const NETWORKING = /^net\.(ipv4|ipv6|bridge|netfilter)\./;

/**
 * Reads `sysctl -a` output or what `sysctl -p` takes: `key = value`. Keys keep to the form that commands have, where a
 * device keeps its own dots as `/`. Throws ParseError.
 */
export function parseSysctl(text: string, file: string): SysctlDump {
  const commands: Located<SysctlSet>[] = [];
  let others = 0;
  for (const { line, value: whole } of meaningfulLines(text)) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(whole) ?? [];
    if (key === undefined || value === undefined) {
      return new LineCursor(file, line, whole).fail('no setting', 'KEY = VALUE');
    }
    if (!NETWORKING.test(key) || !/^-?\d{1,15}$/.test(value)) {
      others++;
      continue;
    }
    commands.push({ line, value: { kind: 'sysctl', key, value: Number(value) } });
  }
  return { commands, others };
}
