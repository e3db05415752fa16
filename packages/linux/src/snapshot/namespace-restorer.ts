import { CommandError } from '../command-error.ts';
import type { Command } from '../commands.ts';
import type { NamespaceView, Network } from '../network.ts';
import type { Located } from '../parse/located.ts';
import type { DeviceRole } from './device-role.ts';
import type { NamespaceDump } from './namespace-dump.ts';
import type { RoledLink } from './restore-links.ts';
import { SnapshotError } from './snapshot-error.ts';

/** A namespace on its way from empty to the state of its dump. */
export class NamespaceRestorer {
  readonly dump: NamespaceDump;
  readonly roled: readonly RoledLink[];
  readonly view: NamespaceView;
  readonly #network: Network;
  readonly #roles: ReadonlyMap<string, DeviceRole['kind']>;
  readonly #note: (text: string) => void;

  constructor(
    network: Network,
    dump: NamespaceDump,
    roled: readonly RoledLink[],
    note: (text: string) => void,
  ) {
    this.dump = dump;
    this.roled = roled;
    this.view = network.namespace(dump.namespace);
    this.#network = network;
    this.#roles = new Map(roled.map(({ link, role }) => [link.name, role.kind]));
    this.#note = note;
  }

  /** Devices get the IPv6 addresses that the dump lists, and none by themselves. */
  prepare(): void {
    this.apply('sysctl.txt', [
      { kind: 'sysctl', key: 'net.ipv6.conf.default.addr_gen_mode', value: 1 },
      { kind: 'sysctl', key: 'net.ipv6.conf.lo.addr_gen_mode', value: 1 },
    ]);
  }

  /** What a device is here; `undefined` for one that is not in the dump. */
  roleOf(device: string): DeviceRole['kind'] | undefined {
    return this.#roles.get(device);
  }

  /** Carries out commands that came from a file. Throws SnapshotError for one that the emulated kernel refuses. */
  apply(file: string, commands: readonly Command[]): void {
    for (const command of commands) this.#applyOne(command, file);
  }

  applyLocated(file: string, commands: readonly Located<Command>[]): void {
    for (const { line, value } of commands) this.#applyOne(value, `${file}:${line}`);
  }

  /** As `apply` for one command; the error's code instead of an exception. */
  attempt(command: Command): CommandError | undefined {
    try {
      this.#network.apply({ namespace: this.dump.namespace, commands: [command] });
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
  }

  listen(protocol: 'tcp' | 'udp' | 'sctp', port: number): void {
    this.#network.listen(this.dump.namespace, protocol, port);
  }

  /** For the user, under the namespace's name. */
  note(text: string): void {
    this.#note(`${this.dump.namespace}: ${text}`);
  }

  refuse(place: string, error: CommandError): never {
    throw new SnapshotError(
      this.dump.path(place),
      `the state that it describes is refused: ${error.message}`,
      'what one kernel printed at one time',
    );
  }

  #applyOne(command: Command, place: string): void {
    const error = this.attempt(command);
    if (error !== undefined) this.refuse(place, error);
  }
}
