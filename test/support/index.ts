export { agentTo, growingAgentTo } from './agent-to.ts';
export { CLI, type Cluster, type ClusterOptions, fixture, onePool, startCluster, type WorkerRow } from './cluster.ts';
export { type EventWatch, watchEvents } from './event-watch.ts';
export { gatherHistory, type RunPlace } from './history.ts';
export { killAndRestartWas } from './kill-was.ts';
export {
  type Failure,
  type Load,
  type LoadReport,
  type LoadRequest,
  MIX,
  QUICK,
  type Share,
  STREAM,
  startLoad,
  streamFor,
  UPLOAD_1_MIB,
  waitFor,
} from './load/index.ts';
export { type Pair, type PairOptions, startPair, startPairOfParts } from './pair.ts';
export { type Part, type Parts, type PartsOptions, type Place, startParts } from './parts.ts';
export { everyProcess, isAlive, processesOf } from './processes.ts';
export { type HeldProxy, startProxy } from './proxy.ts';
