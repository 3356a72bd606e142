import { once } from 'node:events';
import { until } from '@baton/core';
import { control, create, grpcDefinition } from '@baton/proto';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';

type Stream = ServerDuplexStream<control.AttachRequest, control.AttachResponse>;

/** The leader's end of the Attach stream over a real socket, with everything the host told it. */
export class ScriptedWas {
  readonly #server = new Server();
  readonly #streams = new Set<Stream>();
  readonly heard: control.AttachRequest['event'][] = [];
  readonly authorizations: string[] = [];
  epoch = 1;
  /** Answers heartbeats; false: a leader that hangs. */
  acknowledges = true;
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts to listen, on the same port again after `down`. */
  static async start(port = 0): Promise<ScriptedWas> {
    const was = new ScriptedWas();
    was.#server.addService(grpcDefinition(control.HostControlService), { attach: (stream: Stream) => was.#attach(stream) });
    was.#port = await new Promise<number>((resolve, reject) =>
      was.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return was;
  }

  get port(): number {
    return this.#port;
  }

  /** Ends all streams at once and stops listening. */
  down(): void {
    this.#server.forceShutdown();
  }

  answerWish(workerId: string, granted: boolean, kind = control.WishKind.IDLE_OUT): void {
    const value = create(control.WishAnswerSchema, { workerId, kind, granted });
    for (const stream of this.#streams) this.#answer(stream, { case: 'wishAnswer', value });
  }

  all<C extends control.AttachRequest['event']['case']>(name: C): Extract<control.AttachRequest['event'], { case: C }>['value'][] {
    return this.heard.flatMap((event) => (event.case === name ? [event.value] : [])) as never;
  }

  /** The latest report of a worker, from a view or a change. */
  latest(workerId: string): control.WorkerReport | undefined {
    const reports = this.heard.flatMap((event) =>
      event.case === 'worker' ? [event.value] : event.case === 'registered' ? event.value.workers : [],
    );
    return reports.findLast((report) => report.workerId === workerId);
  }

  async state(workerId: string, state: keyof typeof control.WorkerState, limitMs = 10_000): Promise<control.WorkerReport> {
    return until(
      () => {
        const report = this.latest(workerId);
        return report?.state === control.WorkerState[state] ? report : undefined;
      },
      limitMs,
      `state ${state} of ${workerId} (it is ${control.WorkerState[this.latest(workerId)?.state ?? 0]})`,
    );
  }

  async attached(): Promise<control.Registered> {
    return until(() => this.all('registered').at(-1), 10_000, 'the registration of the host');
  }

  #attach(stream: Stream): void {
    this.authorizations.push(String(stream.metadata.get('authorization')[0]));
    this.#streams.add(stream);
    stream.on('data', (request: control.AttachRequest) => {
      this.heard.push(request.event);
      if (request.event.case === 'registered') this.#answer(stream, { case: 'attached', value: create(control.AttachedSchema) });
      if (request.event.case === 'heartbeat' && this.acknowledges) {
        this.#answer(stream, { case: 'heartbeatAck', value: create(control.HeartbeatAckSchema, { number: request.event.value.number }) });
      }
    });
    stream.on('error', () => this.#streams.delete(stream));
    void once(stream, 'end').then(
      () => {
        this.#streams.delete(stream);
        stream.end();
      },
      () => this.#streams.delete(stream),
    );
  }

  #answer(stream: Stream, answer: control.AttachResponse['answer']): void {
    stream.write(create(control.AttachResponseSchema, { epoch: this.epoch, answer }));
  }
}
