import { ADAPTER, counter, gauge, type MetricDefinition } from './definition.ts';

/** What adapters tell of the channels to workers and of the link to WAS. */
export const CHANNELS = {
  channelSessions: gauge(
    'baton.channel.sessions',
    'baton_channel_sessions',
    '{session}',
    ['pool'],
    ADAPTER,
    'Workers that have a session on the channel of the pool.',
  ),
  channelFrames: counter(
    'baton.channel.frames',
    'baton_channel_frames_total',
    '{frame}',
    ['pool', 'direction'],
    ADAPTER,
    'Frames on the channel of the pool.',
  ),
  channelBytes: counter(
    'baton.channel.bytes',
    'baton_channel_bytes_total',
    'By',
    ['pool', 'direction'],
    ADAPTER,
    'Bytes of batches on the channel of the pool, without acknowledgements that travel alone.',
  ),
  channelRefusals: counter(
    'baton.channel.refusals',
    'baton_channel_refusals_total',
    '{link}',
    ['reason'],
    ADAPTER,
    'Links of workers that were not let in.',
  ),
  handovers: counter(
    'baton.handovers',
    'baton_handovers_total',
    '{handover}',
    ['pool', 'outcome'],
    ADAPTER,
    'Handover orders of WAS, by the answer.',
  ),
  accessLogDropped: counter(
    'baton.access_log.dropped',
    'baton_access_log_dropped_total',
    '{line}',
    [],
    ADAPTER,
    'Lines of the access log that found its buffer full.',
  ),
  wasConnected: gauge('baton.was.connected', 'baton_was_connected', '1', [], ADAPTER, '1 while registered with WAS.'),
} satisfies Record<string, MetricDefinition>;
