/** Numbers what an adapter hands over and every switch of eligibility, in one row: what has a lower number was first. */
export class Sequence {
  /** The number given last; 0: none yet. */
  last = 0;

  next(): number {
    return ++this.last;
  }
}
