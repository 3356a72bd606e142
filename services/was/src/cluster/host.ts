/** A worker host as the leader sees it. */
export interface Host {
  readonly id: string;
  advertise: string;
  pid: number;
  capacity: number;
  spares: number;
  freeMemoryBytes: number;
  /** attached: its stream is up, or was a moment ago. */
  state: 'attached' | 'lost';
  /** When it was last heard, or when this leader began to wait for it; Unix time, ms. */
  heardAtMs: number;
  /** It has registered with this leader. */
  hasReported: boolean;
  /** Its stream is up now. */
  isConnected: boolean;
  /** It shuts down: it takes no further start until it registers again. */
  isStopping: boolean;
  /** Entries of apps it does not have, until when it is not asked for them. */
  readonly avoid: Map<string, number>;
}

export function newHost(id: string, now: number): Host {
  return {
    id,
    advertise: '',
    pid: 0,
    capacity: 0,
    spares: 0,
    freeMemoryBytes: 0,
    state: 'attached',
    heardAtMs: now,
    hasReported: false,
    isConnected: false,
    isStopping: false,
    avoid: new Map(),
  };
}
