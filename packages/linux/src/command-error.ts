/** A command that the kernel would refuse. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Errno name as the kernel returns it: EEXIST, ENOENT, EINVAL, ENETUNREACH, … */
  readonly code: string;
  /** The command as the real tool's text. */
  readonly command: string;

  constructor(code: string, command: string, why: string) {
    super(`${command}: ${why} (${code})`);
    this.code = code;
    this.command = command;
  }
}
