import type { Command } from '@podpath/linux';
import type { KernelReport } from './kernel-features.ts';

/** A command with what the kernel has in place of what it lacks: for the real cluster and the emulated one alike. */
export function withStandIns(command: Command, { lacks }: KernelReport): Command {
  if (command.kind !== 'link-add' || command.type !== 'dummy') return command;
  if (!lacks.some(({ group, name }) => group === 'device' && name === 'dummy')) return command;
  const { name } = command;
  return { ...command, type: 'veth', peer: { name: `${name}-` } };
}
