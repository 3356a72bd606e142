// Nest, with its decorators applied as functions: plain JavaScript has no syntax for them yet.
import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Redirect, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { handle } from './handle.js';

class NativeController {
  hello() {
    return 'hello from nest';
  }
  json(req) {
    return { ip: typeof req.ip, protocol: req.protocol, secure: req.secure, host: typeof req.hostname };
  }
  body(body) {
    return body;
  }
  stream(res) {
    res.write('one ');
    res.end('two');
  }
  error() {
    throw new Error('native error');
  }
  redirect() {}
}

function route(name, method, ...parameters) {
  const descriptor = Object.getOwnPropertyDescriptor(NativeController.prototype, name);
  method(NativeController.prototype, name, descriptor);
  for (const [index, decorate] of parameters.entries()) decorate(NativeController.prototype, name, index);
}
route('hello', Get('hello'));
route('json', Get('json'), Req());
route('body', Post('body'), Body());
route('stream', Get('stream'), Res());
route('error', Get('error'));
route('redirect', Get('redirect'));
Redirect('/native/hello')(NativeController.prototype, 'redirect', Object.getOwnPropertyDescriptor(NativeController.prototype, 'redirect'));
Controller('native')(NativeController);

class AppModule {}
Module({ controllers: [NativeController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
app.use((req, res, next) => {
  if (!handle(req, res)) next();
});
await app.listen(process.env.PORT);
