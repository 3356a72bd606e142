/** A worker process. */
export const Life = { unborn: 0, up: 1, stopping: 2, exited: 3, crashed: 4, killed: 5, cancelled: 6 } as const;

/** Where the leader is with its slot. */
export const Phase = { calm: 0, starting: 1, handing: 2, rolling: 3, finishing: 4, recovering: 5 } as const;

/** Kinds of planned stop: a recycle with overlap, an idle-out, a recycle without overlap (the slot is parked in between). */
export const Stop = { none: 0, replace: 1, idle: 2, park: 3 } as const;

/** A channel as the leader sees it. Grace: its stream is lost, or not yet back after a take-over, for less than 5 s. */
export const Presence = { detached: 0, grace: 1, attached: 2 } as const;

/** A worker as the leader was told by its host. */
export const Told = { unknown: 0, up: 1, gone: 2, stopping: 3 } as const;

/** Whether the leader waits for an adapter's answer to a Handover. Former: to one of a recycle that is over. */
export const Ask = { none: 0, open: 1, notReady: 2, former: 3 } as const;

/** A request of a client, at its adapter. */
export const Work = { expected: 0, parked: 1, written: 2, running: 3, answered: 6, failed: 7 } as const;

/** The link between a worker and an adapter. Down: its connection is lost, the session is not. */
export const Line = { none: 0, up: 1, down: 2, ended: 3 } as const;

/** What an adapter has noted of a worker on its channel. Resuming: a resume frame waits for its acknowledgement. */
export const Mark = { none: 0, drained: 1, resuming: 2 } as const;

/** The message `leaving{successor}` on one link. */
export const Leaving = { no: 0, said: 1, heard: 2 } as const;

/** Frames to a worker; lower ones open the request of that number. */
export const Frame = { drain: 4, resume: 5 } as const;

/** Who is eligible on a channel, where the leader cannot name a generation. */
export const Who = { notAsked: 6, unknown: 7 } as const;

/** What the identity of a worker says about why it was started. */
export const Role = { activation: 0, replacement: 1 } as const;

/** Nobody, where a generation is expected. */
export const NOBODY = 0;
