export { type ClusterFile, readClusterFile } from './cluster/cluster-file.ts';
export { findCluster } from './cluster/find.ts';
export type { Io } from './io.ts';
export { runCommandLine } from './program.ts';
