// A gRPC service of bytes with every kind of call, on the stock server of @grpc/grpc-js.
const grpc = require('@grpc/grpc-js');

const same = (bytes) => bytes;
const method = (name, requestStream, responseStream) => ({
  path: `/test.Service/${name}`,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
const service = {
  unary: method('Unary', false, false),
  sum: method('Sum', true, false),
  count: method('Count', false, true),
  talk: method('Talk', true, true),
  fail: method('Fail', false, false),
  hang: method('Hang', false, false),
  cancelled: method('Cancelled', false, false),
};

/** Calls of Hang whose client took them back, or whose time was over. */
let cancelled = 0;
const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService(service, {
  unary(call, answer) {
    const sent = call.metadata.get('x-sent');
    const binary = call.metadata.get('x-bin');
    const initial = new grpc.Metadata();
    initial.set('x-got', sent.join('+'));
    initial.set('x-peer', call.getPeer());
    if (binary.length > 0) initial.set('x-back-bin', binary[0]);
    call.sendMetadata(initial);
    const trailer = new grpc.Metadata();
    trailer.set('x-pid', String(process.pid));
    answer(null, call.request, trailer);
  },
  sum(call, answer) {
    let bytes = 0;
    call.on('data', (message) => {
      bytes += message.length;
    });
    call.on('end', () => answer(null, Buffer.from(String(bytes))));
  },
  async count(call) {
    for (let n = 0; n < Number(call.request.toString()) && !call.cancelled; n++) {
      if (!call.write(Buffer.from(String(n)))) await new Promise((resolve) => call.once('drain', resolve));
    }
    call.end();
  },
  talk(call) {
    call.on('data', (message) => call.write(Buffer.from(`${message}!`)));
    call.on('end', () => call.end());
  },
  fail(call, answer) {
    const metadata = new grpc.Metadata();
    metadata.set('x-why', 'asked for');
    answer({ code: Number(call.request.toString()), details: 'as asked for: é', metadata });
  },
  hang(call) {
    call.on('cancelled', () => {
      cancelled++;
    });
  },
  cancelled: (_call, answer) => answer(null, Buffer.from(String(cancelled))),
});
server.bindAsync(`0.0.0.0:${process.env.PORT}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
