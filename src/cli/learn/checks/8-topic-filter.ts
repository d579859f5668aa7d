import { type Check, checkThat, inWords } from '../check.ts';

interface Answer {
  matches(topicFilter: string, topic: string): boolean;
}

const CASES: readonly (readonly [topicFilter: string, topic: string, expected: boolean, why: string])[] = [
  ['a/b', 'a/b', true, 'they are the same'],
  ['a/b', 'a/B', false, 'large and small letters are different [MQTT-4.7.3-4]'],
  ['a/b', 'a/b/c', false, 'the topic has one level more'],
  ['a/b/c', 'a/b', false, 'the topic has one level less'],
  ['a/+', 'a/b', true, '+ stands for one level'],
  ['a/+', 'a/', true, 'the second level is there, and empty'],
  ['a/+', 'a', false, '+ stands for one level, and there is none'],
  ['a/+', 'a/b/c', false, '+ stands for one level, and there are two'],
  ['+', '/a', false, 'the topic has two levels, of which the first is empty'],
  ['+/+', '/a', true, 'the first level is there, and empty'],
  ['a/+/c', 'a/b/c', true, '+ stands for one level'],
  ['a/+/c', 'a/b/d', false, 'the last levels differ'],
  ['#', 'a/b/c', true, '# stands for all levels'],
  ['a/#', 'a/b/c', true, '# stands for all levels that follow'],
  ['a/#', 'a', true, '# stands for no level, too (4.7.1.2)'],
  ['a/#', 'ab/c', false, 'the first levels differ'],
  ['a/+/#', 'a', false, '+ stands for one level, and there is none'],
  ['a/+/#', 'a/b', true, '# stands for no level, too (4.7.1.2)'],
  ['#', '$SYS/uptime', false, 'a filter that begins with a wildcard does not match $ [MQTT-4.7.2-1]'],
  ['+/uptime', '$SYS/uptime', false, 'a filter that begins with a wildcard does not match $ [MQTT-4.7.2-1]'],
  ['$SYS/#', '$SYS/uptime', true, 'the filter begins with $, not with a wildcard'],
  ['a/$b', 'a/$b', true, '$ means something at the beginning alone'],
  ['a/#', 'a/$b', true, '$ means something at the beginning alone'],
  ['a.c', 'abc', false, 'a dot is a dot'],
  ['a/b?', 'a/b?', true, 'they are the same, and ? is a character'],
];

export const checks: readonly Check<Answer>[] = CASES.map(([topicFilter, topic, expected, why]) => ({
  name: `${topicFilter} ${expected ? 'matches' : 'does not match'} ${topic}`,
  run: ({ matches }) => {
    const actual: unknown = matches(topicFilter, topic);
    checkThat(
      actual === expected,
      `matches('${topicFilter}', '${topic}') is ${inWords(actual)}, and should be ${expected}: ${why}`,
    );
  },
}));
