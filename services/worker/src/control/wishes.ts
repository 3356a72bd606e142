import { control, create } from '@baton/proto';
import type { ChannelRef } from '../messages.ts';
import { toRef } from './wire.ts';

/** Wishes of workers that WAS has not answered yet: told at once and again each second. */
export class Wishes {
  readonly #open = new Map<string, control.Wish>();
  readonly #tell: (wish: control.Wish) => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (wish: control.Wish) => void, everyMs = 1_000) {
    this.#tell = tell;
    this.#everyMs = everyMs;
  }

  /** A worker wishes to be put away; it names the channels it is connected on. */
  idleOut(workerId: string, connected: readonly ChannelRef[]): void {
    const wish = create(control.WishSchema, { workerId, kind: control.WishKind.IDLE_OUT, connected: connected.map(toRef), reason: 'idle' });
    this.#open.set(workerId, wish);
    this.#tell(wish);
    this.#timer ??= setInterval(() => this.#repeat(), this.#everyMs);
  }

  /** Answered, or its worker is stopping: true when there was one. */
  settle(workerId: string): boolean {
    const wasOpen = this.#open.delete(workerId);
    if (this.#open.size === 0) this.close();
    return wasOpen;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #repeat(): void {
    for (const wish of this.#open.values()) this.#tell(wish);
  }
}
