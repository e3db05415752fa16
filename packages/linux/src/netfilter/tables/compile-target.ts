import { INVALID, trackedEntry, UNTRACKED } from '../conntrack/attachment.ts';
import { masquerade } from '../nat/masquerade.ts';
import type { Nat } from '../nat/nat.ts';
import type { NetfilterEnvironment } from '../netfilter.ts';
import type { PacketView } from '../packet-view.ts';
import type { Target } from '../rule.ts';
import { Action, type Chain, type CompiledTarget } from './chain.ts';

/** What targets act on beside the packet. */
export interface TargetResources {
  readonly env: NetfilterEnvironment;
  readonly nat: Nat;
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
    case 'mark': {
      const { value, mask } = target;
      return doing(({ context }) => {
        context.mark = ((context.mark & ~mask) ^ value) >>> 0;
      });
    }
    case 'connmark-save': {
      const { mask } = target;
      return doing(({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry === undefined) return;
        entry.mark = ((entry.mark & ~mask) ^ (context.mark & mask)) >>> 0;
      });
    }
    case 'connmark-restore': {
      const { mask } = target;
      return doing(({ context }) => {
        const entry = trackedEntry(context.conntrack);
        if (entry === undefined) return;
        context.mark = ((context.mark & ~mask) ^ (entry.mark & mask)) >>> 0;
      });
    }
    case 'notrack':
      return doing(({ context }) => {
        // Only what has no connection yet: not what comes back by the loopback device.
        if (context.conntrack === undefined || context.conntrack === INVALID) {
          context.conntrack = UNTRACKED;
        }
      });
    case 'dnat':
    case 'snat':
    case 'masquerade':
      return compileNat(target, resources);
  }
};

const doing = (act: (view: PacketView) => void): CompiledTarget => ({
  action: Action.CONTINUE,
  act: (view) => {
    act(view);
    return Action.CONTINUE;
  },
});

type NatTarget = Extract<Target, { readonly kind: 'dnat' | 'snat' | 'masquerade' }>;

const compileNat = (target: NatTarget, { env, nat }: TargetResources): CompiledTarget => {
  if (target.kind === 'masquerade') return compileMasquerade(target, { env, nat });
  const isSource = target.kind === 'snat';
  const range = {
    address: target.address,
    ports:
      target.kind === 'snat'
        ? target.ports
        : target.port === undefined
          ? undefined
          : { first: target.port, last: target.port },
    random: target.kind === 'snat' && target.randomFully === true,
  };
  const manipulation = isSource ? 'source' : 'destination';
  return {
    action: Action.ACCEPT,
    act: ({ context }) => {
      const entry = trackedEntry(context.conntrack);
      if (entry !== undefined) nat.bind(entry, range, manipulation);
      return Action.ACCEPT;
    },
  };
};

const compileMasquerade = (
  { ports, randomFully }: Extract<Target, { readonly kind: 'masquerade' }>,
  resources: TargetResources,
): CompiledTarget => {
  const random = randomFully === true;
  return {
    action: Action.ACCEPT,
    act: ({ context }) => {
      const entry = trackedEntry(context.conntrack);
      if (entry === undefined) return Action.ACCEPT;
      return masquerade(context, entry, { ports, random }, resources) ? Action.ACCEPT : Action.DROP;
    },
  };
};
