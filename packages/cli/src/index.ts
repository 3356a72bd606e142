export { type ClusterFile, readClusterFile } from './cluster/cluster-file.ts';
export { type Io, processIo, type ServicePrograms } from './io.ts';
export { runCommandLine } from './program.ts';
