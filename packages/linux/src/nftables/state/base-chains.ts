import type { IpFamily } from '@podpath/net';
import type { FrameHooks } from '../../netfilter/frame-hooks.ts';
import type { HookFunction, HookRegistry } from '../../netfilter/hook-registry.ts';
import { BRIDGE_HOOKS } from '../../netfilter/hooks-of-frames.ts';
import type { NatHooks } from '../../netfilter/nat/nat-hooks.ts';
import type { NetfilterEnvironment } from '../../netfilter/netfilter.ts';
import { reroutingAfter } from '../../netfilter/reroute.ts';
import type { BuiltinChain } from '../../netfilter/rule.ts';
import { refuse } from '../check/refuse.ts';
import { type Chain, Evaluation } from '../evaluate/objects.ts';
import { NftWalker } from '../evaluate/walk.ts';
import { isOfFrames, type NftBaseChain, type NftFamily, type NftHook } from '../model/ruleset.ts';

/** A nat chain comes after the packet has a connection. */
const AFTER_CONNTRACK = -200;

const HOOKS: Readonly<Partial<Record<NftHook, BuiltinChain>>> = {
  prerouting: 'PREROUTING',
  input: 'INPUT',
  forward: 'FORWARD',
  output: 'OUTPUT',
  postrouting: 'POSTROUTING',
};

/** Hooks that chains of a type may stand at. */
const HOOKS_OF_TYPE: Readonly<Record<NftBaseChain['type'], readonly NftHook[]>> = {
  filter: [...BRIDGE_HOOKS, 'ingress'],
  route: ['output'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
};

/** IP versions whose packets the tables of a family see. */
export const ipFamiliesOf = (family: NftFamily): readonly IpFamily[] => {
  switch (family) {
    case 'ip':
      return [4];
    case 'ip6':
      return [6];
    case 'inet':
      return [4, 6];
    case 'arp':
    case 'bridge':
    case 'netdev':
      return [];
  }
};

const hooksOf = (family: NftFamily): readonly NftHook[] => {
  if (family === 'netdev') return ['ingress', 'egress'];
  if (family === 'arp') return ['input', 'output'];
  return family === 'inet' ? [...BRIDGE_HOOKS, 'ingress'] : BRIDGE_HOOKS;
};

/** Throws `Refused` for a base chain that the kernel would not have, or that is not emulated. */
export const checkBaseChain = (
  { type, hook, priority, devices }: NftBaseChain,
  family: NftFamily,
): void => {
  if (!hooksOf(family).includes(hook)) {
    refuse('EOPNOTSUPP', `the ${family} family does not support this hook`);
  }
  if (isOfFrames(family) && type !== 'filter') {
    refuse('ENOENT', `the ${family} family has no chains of type ${type}`);
  }
  if (!isOfFrames(family) && !HOOKS_OF_TYPE[type].includes(hook)) {
    refuse('EOPNOTSUPP', `a chain of type ${type} cannot stand at ${hook}`);
  }
  checkDevices(devices, hook === 'ingress' || hook === 'egress');
  if (type === 'nat' && priority <= AFTER_CONNTRACK) {
    refuse('EOPNOTSUPP', `a nat chain has a priority above ${AFTER_CONNTRACK}`);
  }
  if (!Number.isInteger(priority) || Math.abs(priority) > 0x7fff_ffff) {
    refuse('EINVAL', `${priority} is no priority`);
  }
};

const checkDevices = (devices: readonly string[] | undefined, atDevices: boolean): void => {
  if (devices === undefined || devices.length === 0) {
    if (atDevices) refuse('EINVAL', "Missing `device' in this chain definition");
    return;
  }
  if (!atDevices) refuse('EINVAL', 'This chain type cannot be bound to device');
  if (new Set(devices).size < devices.length) refuse('EEXIST', 'a device is named twice');
};

/** As the kernel gives it back: devices in the order of their names. */
export const normaliseBase = (base: NftBaseChain): NftBaseChain =>
  base.devices === undefined ? base : { ...base, devices: [...base.devices].sort(compareBytes) };

const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A chain of the inet family at a device sees the IP packets that come in by it (`nft_do_chain_inet_ingress`). */
const onlyIp =
  (run: HookFunction['run']): HookFunction['run'] =>
  (view) =>
    view.context.link?.isIp === true ? run(view) : undefined;

const isAtDevice = ({ hook }: NftBaseChain): boolean => hook === 'ingress' || hook === 'egress';

/** Where packets and frames pass base chains. */
interface HooksOfChains {
  readonly hooks: HookRegistry;
  readonly natHooks: NatHooks;
  readonly frameHooks: FrameHooks;
}

/** Puts base chains at their hooks, and takes them away. */
export class BaseChains {
  readonly #hooks: HooksOfChains;
  readonly #env: NetfilterEnvironment;
  readonly #walker = new NftWalker();
  readonly #entries = new Map<Chain, HookFunction>();
  #evaluation: Evaluation | undefined;

  constructor(hooks: HooksOfChains, env: NetfilterEnvironment) {
    this.#hooks = hooks;
    this.#env = env;
  }

  register(chain: Chain): void {
    const { base } = chain;
    if (base === undefined || this.#entries.has(chain)) return;
    const run: HookFunction['run'] = (view) => {
      this.#evaluation ??= new Evaluation(view, this.#env);
      this.#evaluation.view = view;
      return this.#walker.walk(chain, this.#evaluation);
    };
    const { family } = chain;
    const entry = {
      priority: base.priority,
      run:
        base.type === 'route'
          ? reroutingAfter(run, this.#env)
          : family === 'inet' && isAtDevice(base)
            ? onlyIp(run)
            : run,
    };
    this.#entries.set(chain, entry);
    const { frameHooks } = this.#hooks;
    if (isOfFrames(family) || isAtDevice(base)) frameHooks.add(family, base, entry);
    else this.#eachHook(chain, (registry, version, hook) => registry.add(version, hook, entry));
  }

  unregister(chain: Chain): void {
    const entry = this.#entries.get(chain);
    const { base, family } = chain;
    if (entry === undefined || base === undefined) return;
    this.#entries.delete(chain);
    if (isOfFrames(family) || isAtDevice(base)) this.#hooks.frameHooks.remove(family, base, entry);
    else this.#eachHook(chain, (registry, version, hook) => registry.remove(version, hook, entry));
  }

  /** Puts a chain at further devices, which its base names by now. */
  extend(chain: Chain, devices: readonly string[]): void {
    const entry = this.#entries.get(chain);
    if (entry === undefined || chain.base === undefined) return;
    this.#hooks.frameHooks.add(chain.family, { ...chain.base, devices }, entry);
  }

  #eachHook(
    { base, family }: Chain,
    visit: (registry: HookRegistry | NatHooks, family: IpFamily, hook: BuiltinChain) => void,
  ): void {
    const hook = base === undefined ? undefined : HOOKS[base.hook];
    if (hook === undefined) return;
    const registry = base?.type === 'nat' ? this.#hooks.natHooks : this.#hooks.hooks;
    for (const version of ipFamiliesOf(family)) visit(registry, version, hook);
  }
}
