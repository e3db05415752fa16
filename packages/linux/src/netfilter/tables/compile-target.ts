import type { IpsetStore } from '../ipset/ipset-store.ts';
import type { Nat } from '../nat/nat.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { Target } from '../rule.ts';
import { compileCt, compileNotrack } from '../target/ct-targets.ts';
import { compileDscp } from '../target/dscp.ts';
import { compileConnmark, compileMark } from '../target/mark-targets.ts';
import { compileNat } from '../target/nat-targets.ts';
import type { TargetFunction } from '../target/target-function.ts';
import { compileTcpMss } from '../target/tcp-mss.ts';
import { compileTos } from '../target/tos.ts';
import { Action, type Chain, type CompiledTarget } from './chain.ts';

/** What targets act on beside the packet. */
export interface TargetResources {
  readonly env: NetfilterEnvironment;
  readonly nat: Nat;
  readonly sets: IpsetStore;
}

const CONTINUE: CompiledTarget = { action: Action.CONTINUE };

/** `chain` is where a jump or goto leads. */
export const compileTarget = (
  target: Target | undefined,
  chain: Chain | undefined,
  resources: TargetResources,
): CompiledTarget => {
  switch (target?.kind) {
    case undefined:
    case 'log':
    case 'nflog':
    // What it would do is for the rule to tell.
    case 'opaque':
      return CONTINUE;
    case 'accept':
      return { action: Action.ACCEPT };
    case 'drop':
      return { action: Action.DROP };
    case 'return':
      return { action: Action.RETURN };
    case 'jump':
      return chain === undefined ? CONTINUE : { action: Action.JUMP, chain };
    case 'goto':
      return chain === undefined ? CONTINUE : { action: Action.GOTO, chain };
    case 'reject':
      return { action: Action.REJECT, reject: { kind: 'reject', with: target.with } };
    case 'mark':
      return doing(compileMark(target));
    case 'connmark-set':
    case 'connmark-save':
    case 'connmark-restore':
      return doing(compileConnmark(target));
    case 'notrack':
      return doing(compileNotrack());
    case 'ct':
      return doing(compileCt(target));
    case 'dscp':
      return doing(compileDscp(target));
    case 'tos':
      return doing(compileTos(target));
    case 'set':
      return doing(resources.sets.compileTarget(target));
    case 'tcp-mss':
      return { action: Action.CONTINUE, act: compileTcpMss(target, resources.env) };
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
      return { action: Action.ACCEPT, act: compileNat(target, resources) };
  }
};

const doing = (act: TargetFunction): CompiledTarget => ({
  action: Action.CONTINUE,
  act: (view) => {
    act(view);
    return Action.CONTINUE;
  },
});
