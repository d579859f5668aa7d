// 4.7 Topic Names and Topic Filters: their syntax, and which names a filter matches.
import { ProtocolError } from './errors.ts';
import { checkedUtf8Length } from './utf8.ts';

/**
 * Refuses what is no Topic Name: an empty one, one with a wildcard, more than 65,535 bytes of UTF-8, U+0000, a lone
 * surrogate. Throws ProtocolError.
 */
export function checkTopic(topic: string): void {
  checkSize(topic, 'topic');
  if (topic.indexOf('#') !== -1 || topic.indexOf('+') !== -1)
    throw new ProtocolError('MQTT-3.3.2-2', `topic '${topic}' contains a wildcard`);
}

/** Refuses what is no Topic Filter: as {@link checkTopic}, and a wildcard that does not fill a whole level. */
export function checkTopicFilter(topicFilter: string): void {
  checkSize(topicFilter, 'topicFilter');
  const levels = topicFilter.split('/');
  levels.forEach((level, i) => {
    if (level.indexOf('#') !== -1 && (level !== '#' || i !== levels.length - 1))
      throw new ProtocolError('MQTT-4.7.1-2', `'#' must be the whole last level of '${topicFilter}'`);
    if (level.indexOf('+') !== -1 && level !== '+')
      throw new ProtocolError('MQTT-4.7.1-3', `'+' must be a whole level of '${topicFilter}'`);
  });
}

function checkSize(text: string, field: string): void {
  const length = checkedUtf8Length(text, field);
  if (length === 0) throw new ProtocolError('MQTT-4.7.3-1', `${field} is empty`);
  if (length > 0xffff)
    throw new ProtocolError('MQTT-4.7.3-3', `${field} has ${length} bytes, at most 65535 are allowed`);
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
