import type { IpFamily } from '@podpath/net';
import type { HookFunction, HookRegistry } from '../../netfilter/hook-registry.ts';
import type { NatHooks } from '../../netfilter/nat/nat-hooks.ts';
import type { NetfilterEnvironment } from '../../netfilter/netfilter.ts';
import { reroutingAfter } from '../../netfilter/reroute.ts';
import type { BuiltinChain } from '../../netfilter/rule.ts';
import { refuse } from '../check/refuse.ts';
import { type Chain, Evaluation } from '../evaluate/objects.ts';
import { NftWalker } from '../evaluate/walk.ts';
import type { NftBaseChain, NftFamily, NftHook } from '../model/ruleset.ts';

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
  filter: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
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
    case 'bridge':
    case 'netdev':
      return [];
  }
};

/** Throws `Refused` for a base chain that the kernel would not have, or that is not emulated. */
export const checkBaseChain = ({ type, hook, priority }: NftBaseChain, family: NftFamily): void => {
  if (family === 'bridge' || family === 'netdev') {
    refuse('EOPNOTSUPP', `base chains of the ${family} family are not emulated`);
  }
  if (hook === 'ingress' || hook === 'egress') {
    if (family !== 'inet' || hook === 'egress') {
      refuse('EOPNOTSUPP', `the ${family} family does not support this hook`);
    }
    refuse('EOPNOTSUPP', 'the ingress hook is not emulated');
  }
  if (!HOOKS_OF_TYPE[type].includes(hook)) {
    refuse('EOPNOTSUPP', `a chain of type ${type} cannot stand at ${hook}`);
  }
  if (type === 'nat' && priority <= AFTER_CONNTRACK) {
    refuse('EOPNOTSUPP', `a nat chain has a priority above ${AFTER_CONNTRACK}`);
  }
  if (!Number.isInteger(priority) || Math.abs(priority) > 0x7fff_ffff) {
    refuse('EINVAL', `${priority} is no priority`);
  }
};

/** Puts base chains at their hooks, and takes them away. */
export class BaseChains {
  readonly #hooks: HookRegistry;
  readonly #natHooks: NatHooks;
  readonly #env: NetfilterEnvironment;
  readonly #walker = new NftWalker();
  readonly #entries = new Map<Chain, HookFunction>();
  #evaluation: Evaluation | undefined;

  constructor(hooks: HookRegistry, natHooks: NatHooks, env: NetfilterEnvironment) {
    this.#hooks = hooks;
    this.#natHooks = natHooks;
    this.#env = env;
  }

  register(chain: Chain): void {
    const { base } = chain;
    const hook = base === undefined ? undefined : HOOKS[base.hook];
    if (base === undefined || hook === undefined || this.#entries.has(chain)) return;
    const run: HookFunction['run'] = (view) => {
      this.#evaluation ??= new Evaluation(view, this.#env);
      this.#evaluation.view = view;
      return this.#walker.walk(chain, this.#evaluation);
    };
    const entry = {
      priority: base.priority,
      run: base.type === 'route' ? reroutingAfter(run, this.#env) : run,
    };
    this.#entries.set(chain, entry);
    const registry = base.type === 'nat' ? this.#natHooks : this.#hooks;
    for (const family of ipFamiliesOf(chain.family)) registry.add(family, hook, entry);
  }

  unregister(chain: Chain): void {
    const entry = this.#entries.get(chain);
    const hook = chain.base === undefined ? undefined : HOOKS[chain.base.hook];
    if (entry === undefined || hook === undefined) return;
    this.#entries.delete(chain);
    const registry = chain.base?.type === 'nat' ? this.#natHooks : this.#hooks;
    for (const family of ipFamiliesOf(chain.family)) registry.remove(family, hook, entry);
  }
}
