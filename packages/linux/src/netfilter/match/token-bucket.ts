/** Tokens that come in as time passes, up to a limit, and of which a packet takes some. */
export class TokenBucket {
  readonly #cost: number;
  readonly #most: number;
  readonly #tokensPerMs: number;
  #tokens: number;
  #lastMs: number;

  /** Starts full. */
  constructor(
    of: { readonly cost: number; readonly most: number; readonly tokensPerMs: number },
    nowMs: number,
  ) {
    this.#cost = of.cost;
    this.#most = of.most;
    this.#tokensPerMs = of.tokensPerMs;
    this.#tokens = of.most;
    this.#lastMs = nowMs;
  }

  /** False when there are too few; then none are taken. */
  take(nowMs: number): boolean {
    const earned = (nowMs - this.#lastMs) * this.#tokensPerMs;
    this.#tokens = Math.min(this.#most, this.#tokens + earned);
    this.#lastMs = nowMs;
    if (this.#tokens < this.#cost) return false;
    this.#tokens -= this.#cost;
    return true;
  }
}
