// A gRPC service on the stock server of @grpc/grpc-js. Try it: node examples/grpc/client.js
import grpc from '@grpc/grpc-js';

const asJson = { serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (bytes) => JSON.parse(bytes.toString()) };
const method = (name, responseStream) => ({
  path: `/calc.Calculator/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: asJson.serialize,
  requestDeserialize: asJson.deserialize,
  responseSerialize: asJson.serialize,
  responseDeserialize: asJson.deserialize,
});

// Messages are JSON, so that the example needs no compiler of .proto files.
const calculator = { add: method('Add', false), countTo: method('CountTo', true) };

const server = new grpc.Server();
server.addService(calculator, {
  add: ({ request }, answer) => {
    const numbers = Array.isArray(request.numbers) ? request.numbers : [];
    if (!numbers.every(Number.isFinite)) answer({ code: grpc.status.INVALID_ARGUMENT, details: 'numbers: expected a list of numbers' });
    else answer(null, { sum: numbers.reduce((sum, number) => sum + number, 0), pid: process.pid });
  },
  countTo: (call) => {
    let n = 0;
    const timer = setInterval(() => {
      call.write({ n: ++n, pid: process.pid });
      if (n >= call.request.n) call.end();
    }, 200);
    call.on('close', () => clearInterval(timer));
  },
});

server.bindAsync(`0.0.0.0:${process.env.PORT ?? 50051}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
