/** How much a listing says. */
export interface NftListOptions {
  /** As `nft -a`: with the handle of each object. */
  readonly handles?: boolean;
  /** As `nft -s`: without counters and without what time is left. */
  readonly stateless?: boolean;
}
