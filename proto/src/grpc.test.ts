import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { create, grpcDefinition, listener } from './index.ts';

const service = grpcDefinition(listener.ListenerAdapterService);

test('every method of a contract has its full path and its kind of streams', () => {
  const { registerProtocol, getVersion } = service;
  assert.equal(registerProtocol?.path, '/baton.listener.v1.ListenerAdapterService/RegisterProtocol');
  assert.deepEqual([registerProtocol?.requestStream, registerProtocol?.responseStream], [true, true]);
  assert.deepEqual([getVersion?.requestStream, getVersion?.responseStream], [false, false]);
});

test('a generated service answers a generated client over a real socket', async () => {
  const server = new Server();
  server.addService(service, {
    getVersion: (_call: ServerUnaryCall<unknown, listener.GetVersionResponse>, answer: sendUnaryData<listener.GetVersionResponse>) =>
      answer(null, create(listener.GetVersionResponseSchema, { major: 1, minor: 7 })),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = service.getVersion!;
  const version = await new Promise<listener.GetVersionResponse>((resolve, reject) =>
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, create(listener.GetVersionRequestSchema), (error, value) =>
      value ? resolve(value as listener.GetVersionResponse) : reject(error),
    ),
  );
  assert.deepEqual([version.major, version.minor], [1, 7]);
  client.close();
  server.forceShutdown();
});
