import type { SocketBuffer } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import type { BuiltinChain } from '../netfilter/rule.ts';

/** Runs a netfilter hook; when the packet does not pass, it has ended, and a REJECT has been answered. */
export function passes(namespace: Namespace, hook: BuiltinChain, packet: SocketBuffer): boolean {
  const verdict = namespace.netfilter.run(hook, packet);
  if (verdict.kind === 'accept') return true;
  if (verdict.kind === 'drop') {
    packet.end(verdict.unreachable === true ? 'unreachable' : 'dropped', verdict.reason);
  } else if (verdict.kind === 'undecided') {
    packet.end('undecided', verdict.reason);
  } else {
    packet.end('rejected', `rejected in ${hook} with ${verdict.with}`);
    namespace.kernel.answers.reject(namespace, packet, verdict.with);
  }
  return false;
}
