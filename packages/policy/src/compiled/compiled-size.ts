/** How large compiled policies are, for reports. */
export interface CompiledSize {
  /** Of all tables. */
  readonly bytes: number;
  /** Ends that no policy can tell apart count as one. */
  readonly identities: number;
  /** Lists of policies that select some identity in a direction. */
  readonly rows: number;
  readonly trafficClasses: number;
  readonly trafficSets: number;
}
