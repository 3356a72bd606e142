import { create, listener } from '@baton/proto';
import { type Holders, holdersOf } from '../drain/holders.ts';
import type { ListenerAdapter } from '../listener-adapter.ts';
import type { Tally } from '../place/tally.ts';
import type { Channels } from './channels.ts';
import type { WasLink } from './link.ts';
import { LoadReports } from './load-reports.ts';
import { RecycleReports } from './recycle-reports.ts';
import { poolLoad, recycleReport } from './wire.ts';

/** What the adapter reports unasked: the figures of its channels, and what recycles have done to requests. Nothing is sent while the link is down. */
export class Reports {
  private readonly loads = new LoadReports();
  private readonly recycles = new RecycleReports();
  private isDue = false;
  private readonly adapter: ListenerAdapter;
  private readonly link: WasLink;
  private readonly channels: Channels;

  constructor(adapter: ListenerAdapter, link: WasLink, channels: Channels) {
    this.adapter = adapter;
    this.link = link;
    this.channels = channels;
  }

  /** A leader that registers this adapter has heard nothing: what recycles have done is told it at once. */
  reset(now: number): void {
    this.loads.reset();
    this.recycles.reset();
    this.tellRecycles(now);
  }

  /** More is known of what a recycle did. Its last report goes behind what is being answered now. */
  recycled(tally: Tally): void {
    this.recycles.note(tally, performance.now());
    if (!tally.isFinal || this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      this.tellRecycles(performance.now());
    });
  }

  /** The leader has the last word on a recycle. */
  received({ recycleId, channelId, slot }: listener.RecycleReportReceived): void {
    this.recycles.received(recycleId, channelId, slot);
  }

  /** Tells what has changed. */
  tick(now: number): void {
    this.tellRecycles(now);
    const pools = this.loads.due(this.channels.opened.map(poolLoad), now);
    if (pools.length > 0) this.link.send({ case: 'loadReport', value: create(listener.LoadReportSchema, { pools }) });
  }

  private tellRecycles(now: number): void {
    if (!this.link.isUp) return;
    const originMs = Date.now() - performance.now();
    for (const tally of this.recycles.due(now))
      this.link.send({ case: 'recycleReport', value: recycleReport(tally, originMs, this.holders(tally)) });
  }

  /** What a recycle still waits for on this adapter. */
  private holders(tally: Tally): Holders {
    const slot = this.adapter.poolSet.ofChannel(tally.channelId)?.place.slots.get(tally.slot);
    return slot && !tally.isFinal ? holdersOf(slot, tally) : { named: [], count: 0 };
  }
}
