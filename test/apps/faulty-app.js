// The load app; a generation that starts while the file "fault" in CLUSTER_DIR says so ("FAULT [ARGUMENT]") misbehaves in one way.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const { Socket } = require('node:net');

const [fault = '', argument = ''] = read(`${process.env.CLUSTER_DIR}/fault`).trim().split(' ');

const FAULTS = {
  crash: () => {
    throw new Error('this generation was told to crash at load');
  },
  // ends while it starts, so many ms later
  exit: () => setTimeout(() => process.exit(3), Number(argument)),
  // listens never
  deaf: () => setInterval(() => {}, 1_000),
  // takes so many ms to load
  slow: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(argument));
    load();
  },
  // cannot connect to some ports: "one-sided 4711,4712"
  'one-sided': () => {
    const ports = argument.split(',').map(Number);
    const { connect } = Socket.prototype;
    Socket.prototype.connect = function (...args) {
      const port = [args[0]].flat()[0]?.port;
      if (!ports.includes(Number(port))) return connect.apply(this, args);
      process.nextTick(() => this.destroy(Object.assign(new Error('no way there'), { code: 'EHOSTUNREACH' })));
      return this;
    };
    load();
  },
  // ends so many ms after it was first asked for something: it serves by then
  'exit-in-service': () => {
    const { createServer } = http;
    http.createServer = (listener) => createServer(listener).once('request', () => setTimeout(() => process.exit(3), Number(argument)));
    load();
  },
  // ends when it is asked for what is requested before it is ready
  'exit-at-preload': () => load(() => process.exit(3)),
  'slow-preload': () => load((response) => setTimeout(() => response.end('warm'), Number(argument))),
  // takes so many ms to end after SIGTERM
  'slow-end': () => {
    process.on('SIGTERM', () => setTimeout(() => process.exit(0), Number(argument)));
    load();
  },
};

(FAULTS[fault] ?? load)();

/** Starts the load app; `warm` answers GET /warm. */
function load(warm = (response) => response.end('warm')) {
  const { createServer } = http;
  http.createServer = (listener) =>
    createServer((request, response) => (request.url === '/warm' ? warm(response) : listener(request, response)));
  require('./load-app.js');
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
