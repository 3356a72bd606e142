/** The worker process that an app runs in. */
export interface WorkerFacts {
  /** "w3", unique in the cluster; '' without Baton. */
  readonly id: string;
  /** Its application pool; '' without Baton. */
  readonly pool: string;
  /** "shop/1", its place in the pool; '' without Baton. */
  readonly slot: string;
  /** How many workers this place has had, this one included; 0 without Baton. */
  readonly generation: number;
}
