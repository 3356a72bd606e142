export { type ClusterKeys, channelRef, clusterKeys, orderQueue } from './keys.ts';
export { addressOf, type ConnectOptions, checkRedis, openRedis } from './connection.ts';
