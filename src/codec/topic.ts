// 4.7 Topic Names and Topic Filters: their syntax, and which names a filter matches.
import { ProtocolError } from './error.ts';
import { sized, textOf } from './text.ts';

/**
 * Refuses what is no Topic Name: an empty one, one with a wildcard, more than 65,535 bytes of UTF-8, U+0000, a lone
 * surrogate. Throws ProtocolError.
 */
export function checkTopic(topic: string): void {
  topicSize(topic);
}

/** @internal The same, and returns the size in bytes that it has in a packet. */
export function topicSize(topic: string): number {
  const known = textOf(topic, 'topic');
  if (!known.isTopic) {
    checkedSize(known.size, 'topic');
    if (topic.indexOf('#') !== -1 || topic.indexOf('+') !== -1)
      throw new ProtocolError('MQTT-3.3.2-2', `topic '${topic}' contains a wildcard`);
    known.isTopic = true;
  }
  return 2 + known.size;
}

const MISPLACED_HASH = /[^/]#|#./s;
const MISPLACED_PLUS = /[^/]\+|\+[^/]/;

/** Refuses what is no Topic Filter: as {@link checkTopic}, and a wildcard that does not fill a whole level. */
export function checkTopicFilter(topicFilter: string): void {
  topicFilterSize(topicFilter);
}

/** @internal The same, and returns the size in bytes that it has in a packet. */
export function topicFilterSize(topicFilter: string): number {
  const size = checkedSize(textOf(topicFilter, 'topicFilter').size, 'topicFilter');
  if (MISPLACED_HASH.test(topicFilter))
    throw new ProtocolError('MQTT-4.7.1-2', `'#' must be the whole last level of '${topicFilter}'`);
  if (MISPLACED_PLUS.test(topicFilter))
    throw new ProtocolError('MQTT-4.7.1-3', `'+' must be a whole level of '${topicFilter}'`);
  return size;
}

function checkedSize(size: number, field: string): number {
  if (size === 0) throw new ProtocolError('MQTT-4.7.3-1', `${field} is empty`);
  return sized(size, field, 'MQTT-4.7.3-3');
}

/** Whether a valid Topic Filter matches a valid Topic Name, character by character [MQTT-4.7.3-4]. */
export function matches(topicFilter: string, topic: string): boolean {
  const startsWithWildcard = topicFilter[0] === '#' || topicFilter[0] === '+';
  if (startsWithWildcard && topic[0] === '$') return false; // [MQTT-4.7.2-1]
  const filterLevels = topicFilter.split('/');
  const levels = topic.split('/');
  for (let i = 0; i < filterLevels.length; i++) {
    const filterLevel = filterLevels[i];
    if (filterLevel === '#') return true; // also the parent: `sport/#` matches `sport` (4.7.1.2)
    if (i === levels.length) return false;
    if (filterLevel !== '+' && filterLevel !== levels[i]) return false;
  }
  return filterLevels.length === levels.length;
}
