import { CommandError } from '../command-error.ts';
import type { Command } from '../commands.ts';
import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { commandText } from '../text/command-text.ts';

/** The error for a command that the kernel would refuse with this errno. */
export const refusal = (command: Command, code: string, why: string): CommandError =>
  new CommandError(code, commandText(command), why);

/** The device that a command names. Throws ENODEV. */
export function deviceOf(namespace: Namespace, command: Command, name: string): Device {
  const device = namespace.devices.get(name);
  if (device === undefined) throw refusal(command, 'ENODEV', `Cannot find device "${name}"`);
  return device;
}
