import { createHash, randomBytes } from 'node:crypto';
import type { ChannelBlob } from '@baton/channel';

/** A listener channel of this adapter: one per pool. */
export interface Channel {
  readonly id: number;
  readonly pool: string;
  /** Identity that workers of the pool show; changes with IdentityChanged. */
  poolIdentity: string;
  readonly secret: string;
  readonly blob: Buffer;
  readonly blobSha256: Buffer;
}

/** The channels of one adapter, with the blobs that workers dial by. Ids are counted and never used again. */
export class Channels {
  private readonly byPool = new Map<string, Channel>();
  private readonly byId = new Map<number, Channel>();
  private count = 0;
  private readonly adapterId: string;
  private readonly ways: Pick<ChannelBlob, 'endpoints' | 'lanes'>;

  constructor(adapterId: string, ways: Pick<ChannelBlob, 'endpoints' | 'lanes'>) {
    this.adapterId = adapterId;
    this.ways = ways;
  }

  /** Makes the channel of a pool, with a secret of its own. */
  create(pool: string, poolIdentity: string): Channel {
    const id = ++this.count;
    const secret = randomBytes(24).toString('base64url');
    const blob: ChannelBlob = { v: 1, adapterId: this.adapterId, channelId: id, pool, protocol: 'http', ...this.ways, secret };
    const bytes = Buffer.from(JSON.stringify(blob));
    const channel: Channel = { id, pool, poolIdentity, secret, blob: bytes, blobSha256: createHash('sha256').update(bytes).digest() };
    this.byPool.set(pool, channel);
    this.byId.set(id, channel);
    return channel;
  }

  ofPool(pool: string): Channel | undefined {
    return this.byPool.get(pool);
  }

  ofId(adapterId: string, id: number): Channel | undefined {
    return adapterId === this.adapterId ? this.byId.get(id) : undefined;
  }

  delete(pool: string): void {
    const channel = this.byPool.get(pool);
    if (!channel) return;
    this.byPool.delete(pool);
    this.byId.delete(channel.id);
  }

  all(): Iterable<Channel> {
    return this.byPool.values();
  }
}
