import type { Placeable } from './placeable.ts';

/** Requests that wait for a worker, oldest first. Unlinking one that left is as cheap as taking the first. */
export class ParkedQueue {
  size = 0;
  private readonly items = new Set<Placeable>();
  /** Requests that were moved: older than everything in `items`. */
  private moved: Placeable[] = [];

  push(item: Placeable): void {
    this.items.add(item);
    this.size++;
  }

  /** Puts a moved request before all that were never handed over; several keep their order of arrival. */
  pushMoved(item: Placeable): void {
    this.moved.push(item);
    this.moved.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
    this.size++;
  }

  first(): Placeable | undefined {
    if (this.moved.length > 0) return this.moved[0];
    for (const item of this.items) return item;
    return undefined;
  }

  remove(item: Placeable): boolean {
    const at = this.moved.indexOf(item);
    const found = at >= 0 ? this.moved.splice(at, 1).length > 0 : this.items.delete(item);
    if (found) this.size--;
    return found;
  }

  /** Takes out what `which` picks, oldest first. */
  takeSome(which: (item: Placeable) => boolean): Placeable[] {
    const some = [...this.moved, ...this.items].filter(which);
    for (const item of some) this.remove(item);
    return some;
  }

  /** Empties the queue and returns what was in it, oldest first. */
  takeAll(): Placeable[] {
    const all = [...this.moved, ...this.items];
    this.moved = [];
    this.items.clear();
    this.size = 0;
    return all;
  }
}
