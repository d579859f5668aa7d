// 4.7 Topic Names and Topic Filters: their syntax, and which names a filter matches.
import { topicFilterRule, topicRule } from './rule.ts';
import { putText } from './write.ts';

/**
 * Throws ProtocolError unless it is a Topic Name: not empty, without wildcards, U+0000 and lone surrogates, at most
 * 65,535 bytes of UTF-8. Throws TypeError unless it is a string.
 */
export function checkTopic(topic: string): void {
  putText(undefined, 0, topic, 'topic', topicRule);
}

/** As {@link checkTopic}, for a Topic Filter: a wildcard is allowed where it fills a whole level. */
export function checkTopicFilter(topicFilter: string): void {
  putText(undefined, 0, topicFilter, 'topicFilter', topicFilterRule);
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
