import type { Ipv4, Ipv6 } from '@podpath/net';

const FIRST_PAUSE_MS = 20;
const MOST_IN_A_ROW = 9;
const SILENCE_MS = FIRST_PAUSE_MS << (MOST_IN_A_ROW + 1);
const IPV6_PAUSE_MS = 1000;
const IPV6_BURST_MS = 6 * IPV6_PAUSE_MS;

/**
 * How often a router repeats itself to a sender that does not take its advice. Without it two routers that
 * point at each other would tell each other so without end.
 */
export class RedirectLimit {
  readonly #ipv4 = new Map<Ipv4, { inARow: number; lastMs: number }>();
  readonly #ipv6 = new Map<Ipv6, { savedMs: number; lastMs: number }>();

  /** Each pause is twice the one before, until the sender has been told nine times (`ip_rt_send_redirect`). */
  allowsIpv4(sender: Ipv4, nowMs: number): boolean {
    const told = this.#ipv4.get(sender) ?? { inARow: 0, lastMs: Number.NEGATIVE_INFINITY };
    this.#ipv4.set(sender, told);
    if (nowMs > told.lastMs + SILENCE_MS) told.inARow = 0;
    const tooMany = told.inARow >= MOST_IN_A_ROW;
    const tooSoon = told.inARow > 0 && nowMs <= told.lastMs + (FIRST_PAUSE_MS << told.inARow);
    if (tooMany || !tooSoon) told.lastMs = nowMs;
    if (tooMany || tooSoon) return false;
    told.inARow++;
    return true;
  }

  /** One a second to or about a host, and six at once after a time without any (`inet_peer_xrlim_allow`). */
  allowsIpv6(host: Ipv6, nowMs: number): boolean {
    const account = this.#ipv6.get(host) ?? { savedMs: IPV6_BURST_MS, lastMs: nowMs };
    this.#ipv6.set(host, account);
    account.savedMs = Math.min(IPV6_BURST_MS, account.savedMs + nowMs - account.lastMs);
    account.lastMs = nowMs;
    if (account.savedMs < IPV6_PAUSE_MS) return false;
    account.savedMs -= IPV6_PAUSE_MS;
    return true;
  }
}
