import { createHash, randomBytes } from 'node:crypto';
import type { ChannelBlob } from '@baton/channel';

/** Whose channel it is. */
export interface ChannelFacts {
  readonly pool: string;
  /** Of the listener that made it. */
  readonly protocol: string;
  /** The application all its requests are for; undefined: each request names its own. */
  readonly appKey?: string | undefined;
}

/** A listener channel of this adapter. */
export interface Channel extends ChannelFacts {
  readonly id: number;
  /** Identity that workers of the pool show; changes with IdentityChanged. */
  poolIdentity: string;
  readonly secret: string;
  readonly blob: Buffer;
  readonly blobSha256: Buffer;
}

/** The channels of one adapter process, with the blobs that workers dial by. Ids are counted over all protocols and never used again. */
export class Channels {
  private readonly byId = new Map<number, Channel>();
  private count = 0;
  private readonly adapterId: string;
  private readonly ways: Pick<ChannelBlob, 'endpoints' | 'lanes'>;

  constructor(adapterId: string, ways: Pick<ChannelBlob, 'endpoints' | 'lanes'>) {
    this.adapterId = adapterId;
    this.ways = ways;
  }

  /** Makes a channel with a secret of its own. */
  create({ pool, protocol, appKey }: ChannelFacts, poolIdentity: string): Channel {
    const id = ++this.count;
    const secret = randomBytes(24).toString('base64url');
    const blob: ChannelBlob = {
      v: 1,
      adapterId: this.adapterId,
      channelId: id,
      pool,
      protocol,
      ...(appKey === undefined ? {} : { appKey }),
      ...this.ways,
      secret,
    };
    const bytes = Buffer.from(JSON.stringify(blob));
    const blobSha256 = createHash('sha256').update(bytes).digest();
    const channel: Channel = { id, pool, protocol, appKey, poolIdentity, secret, blob: bytes, blobSha256 };
    this.byId.set(id, channel);
    return channel;
  }

  ofId(adapterId: string, id: number): Channel | undefined {
    return adapterId === this.adapterId ? this.byId.get(id) : undefined;
  }

  delete(id: number): void {
    this.byId.delete(id);
  }
}
