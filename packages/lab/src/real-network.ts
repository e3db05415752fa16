import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Program } from '@podpath/linux';
import { programSections } from '@podpath/linux';
import { LabError } from './lab-error.ts';
import { deleteNamespace, namespacePrefix, sweepLeftovers } from './leftovers.ts';

type Tool = ReturnType<typeof programSections>[number]['tool'];

/** How each tool is fed a section from standard input, inside a namespace. */
const COMMANDS: Readonly<Record<Tool, (namespace: string) => readonly [string, ...string[]]>> = {
  ip: (namespace) => ['ip', '-n', namespace, '-batch', '-'],
  'ip -6': (namespace) => ['ip', '-6', '-n', namespace, '-batch', '-'],
  bridge: (namespace) => ['bridge', '-n', namespace, '-batch', '-'],
  sysctl: (namespace) => inside(namespace, 'sysctl', '-q', '-p', '-'),
  'iptables-restore': (namespace) => inside(namespace, 'iptables-restore', '--noflush'),
  'ip6tables-restore': (namespace) => inside(namespace, 'ip6tables-restore', '--noflush'),
  ipset: (namespace) => inside(namespace, 'ipset', 'restore'),
  conntrack: (namespace) => inside(namespace, 'conntrack', '-R', '-'),
  nft: (namespace) => inside(namespace, 'nft', '-f', '-'),
  wg: (namespace) => inside(namespace, 'sh', '-e'),
};

const inside = (namespace: string, ...command: string[]): [string, ...string[]] => [
  'ip',
  'netns',
  'exec',
  namespace,
  ...command,
];

/**
 * Real network namespaces under names of their own, programmed with the commands that emulated ones take.
 * `close` ends what runs in them and deletes them; it also happens when the process exits.
 */
export class RealNetwork {
  readonly #names = new Map<string, string>();
  readonly #children = new Set<ChildProcess>();
  readonly #label: string;
  readonly #onExit = (): void => this.close();

  /** `label` tells the networks of one process apart. What labs have left behind that were killed is swept first. */
  constructor(label: string) {
    this.#label = label;
    sweepLeftovers();
    process.once('exit', this.#onExit);
  }

  /** The real name of an emulated namespace; makes it, with `lo` up, when it is not there yet. */
  namespace(emulated: string): string {
    const known = this.#names.get(emulated);
    if (known !== undefined) return known;
    const name = `${namespacePrefix(process.pid)}${this.#label}-${this.#names.size}`;
    this.#names.set(emulated, name);
    this.#run(['ip', 'netns', 'add', name], '');
    this.#run(['ip', '-n', name, 'link', 'set', 'lo', 'up'], '');
    return name;
  }

  /** Emulated names of all namespaces made so far. */
  namespaces(): readonly string[] {
    return [...this.#names.keys()];
  }

  /** Carries out a program with the real tools. Throws LabError with the text that a tool refused. */
  apply(program: Program): void {
    const name = this.namespace(program.namespace);
    for (const { tool, text } of programSections(program)) {
      this.#run(COMMANDS[tool](name), withoutDummies(this.#withRealNames(text)));
    }
  }

  /** Runs a command inside a namespace and returns what it printed. */
  read(emulated: string, ...command: string[]): string {
    return this.#run(inside(this.namespace(emulated), ...command), '');
  }

  /** Starts a command inside a namespace; it ends with the network at the latest. */
  start(emulated: string, ...command: string[]): ChildProcess {
    const [program, ...rest] = inside(this.namespace(emulated), ...command);
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  close(): void {
    process.removeListener('exit', this.#onExit);
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of this.#names.values()) deleteNamespace(name);
    this.#names.clear();
  }

  /** `… netns pod/shop/cart …` names a namespace as podpath does; iproute2 wants the real name. */
  #withRealNames(text: string): string {
    return text.replaceAll(
      / netns (\S+)/g,
      (_, emulated: string) => ` netns ${this.namespace(emulated)}`,
    );
  }

  #run(command: readonly [string, ...string[]], input: string): string {
    const [program, ...rest] = command;
    const { status, stdout, stderr, error } = spawnSync(program, rest, { input, encoding: 'utf8' });
    if (error !== undefined) throw new LabError(`${program}: ${error.message}`);
    if (status !== 0) {
      throw new LabError(`${command.join(' ')} said: ${stderr.trim()}\nof the input:\n${input}`);
    }
    return stdout;
  }
}

/**
 * Some kernels make no dummy devices. A veth whose other end stays down has the same uses here: a port or an address to
 * stand on, and no traffic.
 */
const withoutDummies = (text: string): string =>
  kernelHasDummies()
    ? text
    : text.replaceAll(/^(link add (\S+) .*)type dummy$/gm, '$1type veth peer name $2-');

let dummies: boolean | undefined;

function kernelHasDummies(): boolean {
  if (dummies !== undefined) return dummies;
  const link = ['ip', 'link', 'add', 'probe0', 'type', 'dummy'];
  const { status } = spawnSync('unshare', ['--net', ...link], { stdio: 'ignore' });
  dummies = status === 0;
  return dummies;
}
