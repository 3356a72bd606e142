import { fromBinary, type grpcDefinition, listener, rpc } from '@baton/proto';
import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';

type Method = ReturnType<typeof grpcDefinition>[string];

/** A raw gRPC client of one service: what a real adapter, host or operator sends, without their code. */
export class Caller {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(address: string, token: string) {
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    this.#metadata.set('authorization', `Bearer ${token}`);
  }

  stream<Q, A>(method: Method): ClientDuplexStream<Q, A> {
    const call = this.#client.makeBidiStreamRequest<Q, A>(
      method.path,
      method.requestSerialize,
      method.responseDeserialize as (bytes: Buffer) => A,
      this.#metadata,
    );
    call.on('error', () => {});
    return call;
  }

  unary<Q, A>(method: Method, request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      const read = method.responseDeserialize as (bytes: Buffer) => A;
      this.#client.makeUnaryRequest<Q, A>(method.path, method.requestSerialize, read, request, this.#metadata, (error, answer) => {
        if (error) reject(error);
        else resolve(answer!);
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** The HRESULT name in the details of a failed call; '' when there is none. */
export function hresultOf(error: ServiceError): string {
  const bytes = error.metadata.get('grpc-status-details-bin')[0];
  if (!(bytes instanceof Buffer)) return '';
  const detail = fromBinary(rpc.StatusSchema, bytes).details[0];
  return detail ? fromBinary(listener.HResultSchema, detail.value).name : '';
}
