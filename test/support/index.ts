export { CLI, type Cluster, type ClusterOptions, fixture, freePort, onePool, startCluster, type WorkerRow } from './cluster.ts';
export { everyProcess, isAlive, processesOf } from './processes.ts';
