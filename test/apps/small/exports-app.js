// Exports its app and listens later by itself: the export must not be served before.
const http = require('node:http');

const app = (_request, response) => response.end('too early');
module.exports = app;
setTimeout(() => http.createServer((_request, response) => response.end('listened')).listen(process.env.PORT), 50);
