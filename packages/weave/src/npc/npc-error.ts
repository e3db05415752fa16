/**
 * Why weave-npc gives up on an object half way. It logs the error and goes on with the next event; what
 * it had programmed by then stays.
 */
export class NpcError extends Error {
  override readonly name = 'NpcError';
  readonly code: 'named-port' | 'ipv6' | 'set-name-clash' | 'no-such-set' | 'set-full';

  constructor(code: NpcError['code'], problem: string) {
    super(problem);
    this.code = code;
  }
}
