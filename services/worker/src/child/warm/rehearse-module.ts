import { Module } from 'node:module';

/** Compiles a CommonJS module that is kept nowhere, as an app's entry will be. */
export async function rehearseModule(): Promise<void> {
  const path = '/baton/rehearsal.js';
  const module = new Module(path) as unknown as { _compile(source: string, path: string): void; paths: string[] };
  module.paths = [];
  module._compile("'use strict';\nconst http = require('node:http');\nmodule.exports = http.createServer(() => {});\n", path);
}
