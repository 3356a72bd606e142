import { BatonError } from '@baton/core';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import type { Dialer, Link, LinkReceiver } from './link.ts';

/** One direction of a link in memory: messages arrive in order, each in a turn of its own unless several wait. */
class Pipe {
  receiver: LinkReceiver | undefined;
  private queue: Buffer[] = [];
  private isScheduled = false;
  private isStopped = false;

  send(message: Buffer): void {
    if (this.isStopped) return;
    this.queue.push(message);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.deliver());
  }

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
    }
  }
}

/** A connection in memory. */
class Wire {
  readonly toAdapter = new Pipe();
  readonly toWorker = new Pipe();
  private isLost = false;

  end(pipe: Pipe): Link {
    return {
      send: (message) => pipe.send(message),
      destroy: () => this.lose('the other end let go of the link'),
      end: () => pipe.endAfter(() => this.lose('the other end ended the link')),
    };
  }

  /** Loses what is under way in both directions and tells both ends. */
  lose(text: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.toAdapter.stop();
    this.toWorker.stop();
    const error = new BatonError('CHANNEL_CLOSED', text);
    setImmediate(() => {
      this.toAdapter.receiver?.onLost(error);
      this.toWorker.receiver?.onLost(error);
    });
  }
}

/** Links without sockets: what a dialler and a server in one process share. Cutting loses what is under way, as a network does. */
export class MemoryNetwork {
  /** Takes a link that was dialled, as `ChannelServer.accept` does. */
  onDial: ((open: (receiver: LinkReceiver) => Link) => void) | undefined;
  /** False: dials fail, as when the network is away. */
  isUp = true;
  private wires: Wire[] = [];

  readonly dial: Dialer = (_endpoint, receiver) => {
    const wire = new Wire();
    wire.toWorker.receiver = receiver;
    if (!this.isUp || !this.onDial) wire.lose('the network is away');
    else {
      this.wires.push(wire);
      this.onDial((adapter) => {
        wire.toAdapter.receiver = adapter;
        return wire.end(wire.toWorker);
      });
    }
    return wire.end(wire.toAdapter);
  };

  /** Cuts every link. */
  cut(): void {
    for (const wire of this.wires) wire.lose('the link was cut');
    this.wires = [];
  }
}
