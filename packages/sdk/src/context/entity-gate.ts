import type { IncomingMessage } from 'node:http';
import { RQ_READ_ENTITY } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { ContextRun } from './context-run.ts';
import { EntityRead } from './read-entity.ts';

/** Where the gate of a request is found. */
const GATE: unique symbol = Symbol('baton.entity');

/** A request with the fields of Node by which it tells whether somebody reads its body. */
interface GatedRequest extends IncomingMessage {
  [GATE]?: EntityGate;
  /** Nobody wants it: it is thrown away as it comes. */
  _dumped: boolean;
  _consuming: boolean;
  _readableState: { readingMore: boolean };
}

const nativeOf = (req: GatedRequest): GatedRequest => Object.getPrototypeOf(req) as GatedRequest;

/**
 * Shows the body of a request to the modules of RQ_READ_ENTITY, whoever reads it: an app, an extension or a module.
 *
 * - It stands below the stream that its readers know: bytes that have come wait here until somebody reads, are shown once, and go on as modules leave them.
 * - What nobody reads is shown to nobody. What waits is bounded as without it: the source is told to stop.
 */
export class EntityGate {
  /** Called when bytes, or the end, have gone on to readers. */
  whenDelivered: (() => void) | undefined = undefined;
  readonly #req: GatedRequest;
  readonly #run: ContextRun;
  readonly #waiting: (Uint8Array | null)[] = [];
  #isWanted = false;
  #undecided: EntityRead | undefined = undefined;

  /** Puts it below a request's body, before anything of that has come. */
  static install(req: IncomingMessage, run: ContextRun): void {
    const gated = req as GatedRequest;
    gated[GATE] = new EntityGate(gated, run);
    gated.push = push;
    gated._read = read;
  }

  static of(req: IncomingMessage): EntityGate | undefined {
    return (req as GatedRequest)[GATE];
  }

  private constructor(req: GatedRequest, run: ContextRun) {
    this.#req = req;
    this.#run = run;
  }

  /** Something waits for a reader, or is with modules. */
  get isHolding(): boolean {
    return this.#waiting.length > 0 || this.isUndecided;
  }

  /** Modules have bytes in hand. */
  get isUndecided(): boolean {
    return this.#undecided !== undefined;
  }

  /** From the connection; whether more may come at once. */
  push(chunk: Uint8Array | null): boolean {
    this.#waiting.push(chunk);
    return this.#pump() && this.#waiting.length === 0;
  }

  /** Somebody reads. */
  demand(): void {
    const req = this.#req;
    this.#isWanted = true;
    // As Node's own does.
    if (!req._consuming) req._readableState.readingMore = false;
    req._consuming = true;
    this.#goOn();
  }

  /** What waits goes on; the source is asked for more when nothing does. */
  #goOn(): void {
    this.#pump();
    if (this.#isWanted && !this.isHolding) nativeOf(this.#req)._read.call(this.#req, 0);
  }

  /** Modules have decided; in a turn of its own, for what a reader throws is no error of theirs. */
  decided(entity: EntityRead): void {
    process.nextTick(deliverLate, this, entity);
  }

  deliverLate(entity: EntityRead): void {
    if (this.#undecided !== entity) return;
    this.#undecided = undefined;
    this.#deliver(entity.getEntity());
    this.#goOn();
  }

  /** Shows what waits to modules, as far as it is wanted; whether readers have room for more. */
  #pump(): boolean {
    let hasRoom = this.#isWanted;
    while (this.#isWanted && !this.#undecided && this.#waiting.length > 0) {
      const chunk = this.#waiting.shift()!;
      if (chunk === null || this.#req._dumped || this.#req.destroyed) {
        hasRoom = this.#deliver(chunk);
        continue;
      }
      const entity = new EntityRead(this, chunk);
      this.#undecided = entity;
      if (this.#run.raise(RQ_READ_ENTITY, entity, EntityRead.decided) === RQ_NOTIFICATION_PENDING) return false;
      this.#undecided = undefined;
      hasRoom = this.#deliver(entity.getEntity());
    }
    return hasRoom;
  }

  #deliver(entity: Uint8Array | null): boolean {
    // Nothing left of some bytes says nothing of the end: the reader still waits.
    if (entity?.byteLength === 0) return true;
    this.#isWanted = false;
    const hasRoom = nativeOf(this.#req).push.call(this.#req, entity);
    if (this.whenDelivered) process.nextTick(tellDelivered, this);
    return hasRoom;
  }
}

function push(this: GatedRequest, chunk: Uint8Array | string | null, encoding?: BufferEncoding): boolean {
  return this[GATE]!.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
}

function read(this: GatedRequest): void {
  this[GATE]!.demand();
}

function deliverLate(gate: EntityGate, entity: EntityRead): void {
  gate.deliverLate(entity);
}

function tellDelivered(gate: EntityGate): void {
  gate.whenDelivered?.();
}
