import type { BuiltinChain, TableName } from '@podpath/linux';
import { markSet } from '../rendering/felix-match.ts';
import { type FelixRule, jump, setMark } from '../rendering/felix-rule.ts';
import { filterAllowAction, type RenderConfig } from '../rendering/render-config.ts';

/** Rules that Felix puts into a chain of the kernel. */
export interface KernelHook {
  readonly table: TableName;
  readonly chain: BuiltinChain;
  /** On top of what others have there, or behind it. */
  readonly where: 'insert' | 'append';
  readonly rules: readonly FelixRule[];
}

const INSERTED: readonly (readonly [TableName, readonly BuiltinChain[]])[] = [
  ['raw', ['PREROUTING', 'OUTPUT']],
  ['mangle', ['PREROUTING', 'POSTROUTING']],
  ['nat', ['PREROUTING', 'OUTPUT']],
  ['filter', ['INPUT', 'FORWARD', 'OUTPUT']],
];

/**
 * Felix goes first, so that nothing is accepted past it, except where it must not be: in nat
 * POSTROUTING kube-proxy's masquerading comes before. The end of filter FORWARD takes what Felix's policies
 * accepted and nobody else dropped, and tells mangle POSTROUTING that the packet was forwarded.
 */
export const kernelHooks = (config: RenderConfig): readonly KernelHook[] => [
  ...INSERTED.flatMap(([table, chains]) =>
    chains.map(
      (chain): KernelHook => ({
        table,
        chain,
        where: 'insert',
        rules: [{ action: jump(`cali-${chain}`) }],
      }),
    ),
  ),
  {
    table: 'nat',
    chain: 'POSTROUTING',
    where: 'append',
    rules: [{ action: jump('cali-POSTROUTING') }],
  },
  {
    table: 'filter',
    chain: 'FORWARD',
    where: 'append',
    rules: [
      {
        match: [markSet(config.marks.accept)],
        action: filterAllowAction(config),
        comments: ['Policy explicitly accepted packet.'],
      },
      { action: setMark(config.marks.accept) },
    ],
  },
];
