// enterWith in one request must not be seen in another.
const { AsyncLocalStorage } = require('node:async_hooks');
const http = require('node:http');

const storage = new AsyncLocalStorage();
http
  .createServer((request, response) => {
    const before = storage.getStore() ?? 'none';
    storage.enterWith(request.url);
    setImmediate(() => response.end(`${before} ${storage.getStore()}`));
  })
  .listen(process.env.PORT);
