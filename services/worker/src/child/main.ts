import { enableCompileCache } from 'node:module';

// Before anything else is loaded: grpc-js and what belongs to it then come compiled (measured in docs/adr).
enableCompileCache();
const { WorkerProcess } = await import('./worker-process.ts');
new WorkerProcess().start();
