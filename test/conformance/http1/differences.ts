const BREAKS_OFF = 'a server may answer a message that breaks off (RFC 9112, 8); its sender has ended, and nobody reads the answer';
const NO_TUNNEL = 'Node ends the connection of a CONNECT nobody listens for without a word; an answer says why';
const ONE_READING = 'refused, so that nobody behind or before us can read it otherwise';

/** Why we do something else than plain Node, by probe. Where only Node fails the probe, the demand is the reason. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  'line-07': `the grammar has one space (RFC 9112, 3); ${ONE_READING}`,
  'line-08': `the grammar has one space (RFC 9112, 3); ${ONE_READING}`,
  'target-08': 'user information of an http URI from elsewhere should be treated as an error (RFC 9110, 4.2.4)',
  'target-09': 'the adapter serves http and https; another scheme would be for another server',
  'target-15': 'not one of the four forms of RFC 9112, 3.2',
  'method-13': NO_TUNNEL,
  'method-14': NO_TUNNEL,
  'method-15': NO_TUNNEL,
  'length-34': BREAKS_OFF,
  'te-09': 'a coding that is not undone should get 501 (RFC 9112, 6.1); Node gives the app the coded bytes',
  'te-15': `identity is no transfer coding any more (RFC 9112, 7); ${ONE_READING}`,
  'te-26': `readers differ on empty list elements; ${ONE_READING}`,
  'chunk-22': BREAKS_OFF,
  'chunk-23': 'nothing of that size can ever come; Node waits for it',
  'chunk-34': BREAKS_OFF,
  'chunk-35': BREAKS_OFF,
  'chunk-46': 'an equals sign without a value is outside the grammar (RFC 9112, 7.1.1)',
  'chunk-55': 'the extensions of one body are bounded together at 16 KiB (RFC 9112, 7.1.1, asks for a limit); Node bounds each alone',
  'connection-19': BREAKS_OFF,
  'connection-20': BREAKS_OFF,
};
