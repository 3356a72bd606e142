// node examples/grpc/client.js [HOST:PORT]
import grpc from '@grpc/grpc-js';

const client = new grpc.Client(process.argv[2] ?? 'localhost:8080', grpc.credentials.createInsecure());
const write = (value) => Buffer.from(JSON.stringify(value));
const read = (bytes) => JSON.parse(bytes.toString());

client.makeUnaryRequest('/calc.Calculator/Add', write, read, { numbers: [1, 2, 39] }, (error, answer) => {
  console.log(error ? `${grpc.status[error.code]}: ${error.details}` : answer);
  const counting = client.makeServerStreamRequest('/calc.Calculator/CountTo', write, read, { n: 5 });
  counting.on('data', (message) => console.log(message));
  counting.on('error', (fault) => console.log(`${grpc.status[fault.code]}: ${fault.details}`));
  counting.on('close', () => client.close());
});
