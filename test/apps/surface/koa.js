// Koa.
import { Readable } from 'node:stream';
import Koa from 'koa';
import { handle } from './handle.js';

const app = new Koa();
app.silent = true;
app.use(async (ctx, next) => {
  if (handle(ctx.req, ctx.res)) ctx.respond = false;
  else await next();
});
app.use(async (ctx) => {
  switch (ctx.path) {
    case '/native/hello':
      ctx.body = 'hello from koa';
      break;
    case '/native/json':
      ctx.body = { ip: typeof ctx.ip, protocol: ctx.protocol, secure: ctx.secure, host: typeof ctx.hostname };
      break;
    case '/native/body': {
      const chunks = [];
      for await (const chunk of ctx.req) chunks.push(chunk);
      ctx.status = 201;
      ctx.body = JSON.parse(Buffer.concat(chunks).toString());
      break;
    }
    case '/native/stream':
      ctx.body = Readable.from(['one ', 'two']);
      break;
    case '/native/error':
      throw new Error('native error');
    case '/native/redirect':
      ctx.redirect('/native/hello');
  }
});
app.listen(process.env.PORT);
