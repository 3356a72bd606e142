import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AdapterLog, type Application, BatonError, type ListenerAdapter, type ProtocolListener } from '@baton/adapter-kit';
import { Datagram } from './datagram.ts';

const FORM = /^udp:\/\/(\*|[\w.-]+):(\d{1,5})$/;

/** The public side of the protocol "udp": a socket for each binding "udp://HOST:PORT", and a request for each datagram. */
export class UdpListener implements ProtocolListener {
  private adapter!: ListenerAdapter;
  private readonly apps = new Map<string, Application>();
  private readonly sockets = new Map<string, Socket>();
  private readonly log: AdapterLog;

  constructor(log: AdapterLog) {
    this.log = log;
  }

  attached(adapter: ListenerAdapter): void {
    this.adapter = adapter;
  }

  applicationCreated(app: Application): void {
    const wrong = app.bindings.find((binding) => !FORM.test(binding));
    if (wrong !== undefined) throw new BatonError('CONFIG_INVALID', `expected a binding like "udp://*:9999", got "${wrong}"`);
    this.apps.set(app.appKey, app);
  }

  applicationDeleted(appKey: string): void {
    this.apps.delete(appKey);
  }

  /** Opens what is new before it closes what is gone; a socket whose binding stays is not touched. */
  async listen(): Promise<void> {
    const wanted = new Set([...this.apps.values()].flatMap(({ bindings }) => bindings));
    for (const binding of wanted) if (!this.sockets.has(binding)) await this.open(binding);
    for (const binding of [...this.sockets.keys()]) if (!wanted.has(binding)) this.shut(binding);
  }

  async drain(signal?: AbortSignal): Promise<void> {
    await this.adapter.idle(signal);
  }

  close(): void {
    for (const binding of [...this.sockets.keys()]) this.shut(binding);
  }

  private async open(binding: string): Promise<void> {
    const [, host, port] = FORM.exec(binding)!;
    const socket = createSocket({ type: 'udp4' });
    this.sockets.set(binding, socket);
    try {
      socket.bind(Number(port), host === '*' ? undefined : host);
      await once(socket, 'listening');
    } catch (error) {
      this.sockets.delete(binding);
      this.log.warn({ code: 'PORT_TAKEN', where: binding }, String(error));
      return;
    }
    const isShut = (): boolean => this.sockets.get(binding) !== socket;
    socket.on('error', (error) => this.log.warn({ where: binding }, error.message));
    socket.on('message', (bytes, peer) => {
      const app = [...this.apps.values()].find(({ bindings }) => bindings.includes(binding));
      if (app) this.adapter.submit(app, new Datagram(socket, binding, peer, bytes, isShut));
    });
  }

  private shut(binding: string): void {
    this.sockets.get(binding)?.close();
    this.sockets.delete(binding);
  }
}
