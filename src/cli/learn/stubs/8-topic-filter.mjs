/**
 * Whether a topic filter matches a topic (4.7).
 *
 * @param {string} topicFilter as in `garden/+/temperature` or `garden/#`
 * @param {string} topic
 * @returns {boolean}
 */
export function matches(topicFilter, topic) {
  throw new Error('not written yet');
}
