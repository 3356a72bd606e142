import { control, create } from '@baton/proto';
import type { ChannelRef, WishName } from '../messages.ts';
import { toRef } from './wire.ts';

const KINDS: Readonly<Record<WishName, control.WishKind>> = {
  idle: control.WishKind.IDLE_OUT,
  recycle: control.WishKind.RECYCLE,
  unhealthy: control.WishKind.UNHEALTHY,
};
const NAMES = Object.keys(KINDS) as readonly WishName[];

/** The wish that an answer of WAS is about; undefined: one of a later release. */
export function wishName(kind: control.WishKind): WishName | undefined {
  return NAMES.find((name) => KINDS[name] === kind);
}

/** Wishes of workers that WAS has not answered yet, one of each kind: told at once and again each second. */
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
    this.#add('idle', create(control.WishSchema, { workerId, kind: KINDS.idle, connected: connected.map(toRef), reason: 'idle' }));
  }

  /** The app of a worker wishes for a fresh process in its place. */
  recycle(workerId: string, reason: string): void {
    this.#add('recycle', create(control.WishSchema, { workerId, kind: KINDS.recycle, reason }));
  }

  /** A worker was pinged and says that it is not well. */
  unhealthy(workerId: string, reason: string): void {
    this.#add('unhealthy', create(control.WishSchema, { workerId, kind: KINDS.unhealthy, reason }));
  }

  /** Answered: true when there was one. */
  settle(workerId: string, wish: WishName): boolean {
    const wasOpen = this.#open.delete(`${wish} ${workerId}`);
    if (this.#open.size === 0) this.close();
    return wasOpen;
  }

  /** The worker is stopping: it wishes for nothing more. */
  forget(workerId: string): void {
    for (const name of NAMES) this.settle(workerId, name);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #add(name: WishName, wish: control.Wish): void {
    this.#open.set(`${name} ${wish.workerId}`, wish);
    this.#tell(wish);
    this.#timer ??= setInterval(() => this.#repeat(), this.#everyMs);
  }

  #repeat(): void {
    for (const wish of this.#open.values()) this.#tell(wish);
  }
}
