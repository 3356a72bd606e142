// TypeScript that Node runs as it is.
import http, { type RequestListener } from 'node:http';

const listener: RequestListener = (_request, response) => void response.end(`typed, main=${import.meta.main}`);
http.createServer(listener).listen(Number(process.env.PORT));
