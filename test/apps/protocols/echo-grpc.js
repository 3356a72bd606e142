// A gRPC service of bytes: a unary echo, and an echo of a stream.
const grpc = require('@grpc/grpc-js');
const { begun } = require('./ledger.js');

const same = (bytes) => bytes;
const bytes = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const service = {
  unary: { path: '/test.Echo/Unary', requestStream: false, responseStream: false, ...bytes },
  stream: { path: '/test.Echo/Stream', requestStream: true, responseStream: true, ...bytes },
};

const server = new grpc.Server();
server.addService(service, {
  unary: ({ request }, answer) => {
    begun(request.toString().split(' ', 1)[0]);
    setTimeout(() => answer(null, Buffer.from(`${request} ${process.pid}`)), 20);
  },
  stream: (call) => {
    let isFirst = true;
    call.on('data', (message) => {
      if (isFirst) begun(message.toString().split(' ', 1)[0]);
      isFirst = false;
      call.write(Buffer.from(`${message} ${process.pid}`));
    });
    call.on('end', () => call.end());
  },
});
server.bindAsync(`0.0.0.0:${process.env.PORT || 0}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
