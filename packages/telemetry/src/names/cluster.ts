import { counter, gauge, type MetricDefinition, WAS } from './definition.ts';

/** What WAS tells of itself and of who is attached to it. */
export const CLUSTER = {
  leaderEpoch: gauge('baton.leader.epoch', 'baton_leader_epoch', '1', [], ['adapter', 'was'], 'Fencing number of the leader.'),
  redisConnected: gauge('baton.redis.connected', 'baton_redis_connected', '1', [], WAS, '1 while Redis answers.'),
  hostsAttached: gauge('baton.hosts.attached', 'baton_hosts_attached', '{host}', [], WAS, 'Attached worker hosts.'),
  adaptersAttached: gauge('baton.adapters.attached', 'baton_adapters_attached', '{adapter}', [], WAS, 'Attached adapters.'),
  events: counter('baton.events', 'baton_events_total', '{event}', ['type'], WAS, 'Events since this leader took over.'),
} satisfies Record<string, MetricDefinition>;
