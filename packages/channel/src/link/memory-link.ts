import { BatonError } from '@baton/core';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import type { Dialer, Link, LinkReceiver } from './link.ts';

/**
 * One direction of a link in memory: messages arrive in order, in a turn of the event loop after they were sent.
 *
 * - `reusesMemory`: a message is overwritten behind its delivery, as what a lane reads is, so that a reader that keeps some of it is found out.
 */
class Pipe {
  readonly reusesMemory: boolean;
  receiver: LinkReceiver | undefined;
  private queue: Buffer[] = [];
  private isScheduled = false;
  private isStopped = false;

  constructor(reusesMemory: boolean) {
    this.reusesMemory = reusesMemory;
  }

  send(message: Buffer): void {
    if (this.isStopped) return;
    // The sender fills this memory again once the message is acknowledged; a reader may keep it.
    this.queue.push(Buffer.from(message));
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.deliver());
  }

  /** Loses what is under way. */
  stop(): void {
    this.isStopped = true;
    this.queue = [];
  }

  /** Delivers what waits, then runs `then`. */
  endAfter(then: () => void): void {
    setImmediate(() => {
      this.deliver();
      then();
    });
  }

  private deliver(): void {
    this.isScheduled = false;
    const queue = this.queue;
    this.queue = [];
    for (const message of queue) {
      if (this.isStopped) return;
      this.receiver?.onBatch(unwrapPacket(packetOf(message)));
      if (this.reusesMemory) message.fill(0xdb);
    }
  }
}

/** A connection in memory. */
class Wire {
  readonly toAdapter = new Pipe(false);
  readonly toWorker = new Pipe(true);
  private isLost = false;

  /** The end that sends into `pipe`, and hears of the other one. */
  end(pipe: Pipe): Link {
    return {
      reusesMemory: (pipe === this.toAdapter ? this.toWorker : this.toAdapter).reusesMemory,
      send: (message) => pipe.send(message),
      destroy: () => this.lose(true),
      end: () => pipe.endAfter(() => this.lose(true)),
    };
  }

  /** Loses what is under way in both directions; the adapter's end may stay without notice, as on a network that only goes silent. */
  lose(tellsAdapter: boolean): void {
    if (this.isLost) return;
    this.isLost = true;
    this.toAdapter.stop();
    this.toWorker.stop();
    const error = new BatonError('CHANNEL_CLOSED', 'the link in memory was cut');
    setImmediate(() => {
      if (tellsAdapter) this.toAdapter.receiver?.onLost(error);
      this.toWorker.receiver?.onLost(error);
    });
  }

  /** Loses everything from now on and tells nobody. */
  fallSilent(): void {
    this.toAdapter.stop();
    this.toWorker.stop();
  }
}

/** Links without sockets: what a dialler and a server in one process share. Cutting loses what is under way, as a network does. */
export class MemoryNetwork {
  /** Takes a link that was dialled, as `ChannelServer.accept` does. */
  onDial: ((open: (receiver: LinkReceiver) => Link) => void) | undefined;
  /** False: dials fail, as when the network is away. */
  isUp = true;
  /** Links made so far. */
  dials = 0;
  private wires: Wire[] = [];

  readonly dial: Dialer = (_endpoint, receiver) => {
    const wire = new Wire();
    wire.toWorker.receiver = receiver;
    if (!this.isUp || !this.onDial) wire.lose(false);
    else {
      this.dials++;
      this.wires.push(wire);
      this.onDial((adapter) => {
        wire.toAdapter.receiver = adapter;
        return wire.end(wire.toWorker);
      });
    }
    return wire.end(wire.toAdapter);
  };

  /** Cuts every link; with `isAdapterTold` false only the worker learns of it. */
  cut(isAdapterTold = true): void {
    for (const wire of this.wires.splice(0)) wire.lose(isAdapterTold);
  }

  /** Every link goes silent and nobody is told. */
  fallSilent(): void {
    for (const wire of this.wires.splice(0)) wire.fallSilent();
  }
}
