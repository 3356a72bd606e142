import { fileURLToPath } from 'node:url';
import { processIo } from '../io.ts';
import { runCommandLine } from '../program.ts';

/** The command line with stubs in place of the services. */
const stub = fileURLToPath(new URL('stub-service.js', import.meta.url));
process.exitCode = await runCommandLine(process.argv.slice(2), { ...processIo(), programs: { was: stub, adapter: stub, host: stub } });
