import { describe, expect, it } from 'vitest';
import type { Clause } from '../../src/codec/codec.ts';
import { checkTopic, checkTopicFilter, matches } from '../../src/codec/topic.ts';
import { errorOf } from '../support/refusal.ts';

const refusesTopic = (topic: string, clause: Clause) => expect(errorOf(() => checkTopic(topic)).clause).toBe(clause);
const refusesFilter = (topicFilter: string, clause: Clause) =>
  expect(errorOf(() => checkTopicFilter(topicFilter)).clause).toBe(clause);

describe('a topic', () => {
  it('may be any text without wildcards', () => {
    for (const topic of ['a', '/', '//', ' ', '$SYS/x', 'Accounts payable', '\ufeff', '😀', 'x'.repeat(65_535)])
      expect(checkTopic(topic)).toBeUndefined();
  });
  it('has at least one character [MQTT-4.7.3-1]', () => refusesTopic('', 'MQTT-4.7.3-1'));
  it('has no wildcard [MQTT-4.7.1-1]', () => {
    for (const topic of ['#', '+', 'a/#', '+/a', 'a#', 'a+b', 'sport+']) refusesTopic(topic, 'MQTT-3.3.2-2');
  });
  it('has no U+0000 [MQTT-4.7.3-2]', () => {
    refusesTopic('\0', 'MQTT-1.5.3-2');
    refusesTopic('a/\0/#', 'MQTT-1.5.3-2');
  });
  it('has at most 65,535 bytes [MQTT-4.7.3-3]', () => {
    refusesTopic('x'.repeat(65_536), 'MQTT-4.7.3-3');
    refusesTopic('€'.repeat(21_846), 'MQTT-4.7.3-3');
  });
  it('has no lone surrogate [MQTT-1.5.3-1]', () => refusesTopic('a\ud800', 'MQTT-1.5.3-1'));
});

describe('a topic filter', () => {
  it('may have wildcards that fill a level', () => {
    for (const filter of [
      'a',
      '/',
      '#',
      '+',
      '+/+',
      '/+',
      '+/',
      'a/#',
      '/#',
      '+/#',
      'a/+/b/#',
      '$SYS/#',
      'x'.repeat(65_535),
    ])
      expect(checkTopicFilter(filter)).toBeUndefined();
  });
  it('has at least one character [MQTT-4.7.3-1]', () => refusesFilter('', 'MQTT-4.7.3-1'));
  it('has # only as its whole last level [MQTT-4.7.1-2]', () => {
    for (const filter of [
      'a#',
      '#a',
      '##',
      '#/',
      '#/a',
      'a/#/b',
      'sport/tennis#',
      'sport/tennis/#/ranking',
      '+#',
      'a/+#',
    ])
      refusesFilter(filter, 'MQTT-4.7.1-2');
  });
  it('has + only as a whole level [MQTT-4.7.1-3]', () => {
    for (const filter of ['a+', '+a', '++', 'a/b+', 'a/+b/c', 'sport+', '++/#']) refusesFilter(filter, 'MQTT-4.7.1-3');
  });
  it('has no U+0000 [MQTT-4.7.3-2]', () => refusesFilter('a/\0', 'MQTT-1.5.3-2'));
  it('has at most 65,535 bytes [MQTT-4.7.3-3]', () => refusesFilter('+/'.repeat(32_768), 'MQTT-4.7.3-3'));
  it('has no lone surrogate [MQTT-1.5.3-1]', () => refusesFilter('\udc00/#', 'MQTT-1.5.3-1'));
});

// [filter, topics it matches, topics it does not]: the examples of 4.7.1 to 4.7.3, and their neighbours
const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'sport/tennis/player1',
    ['sport/tennis/player1'],
    ['sport/tennis', 'sport/tennis/player1/x', 'Sport/tennis/player1'],
  ],
  [
    'sport/tennis/player1/#',
    ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon'],
    ['sport/tennis', 'sport/tennis/player2', 'sport/tennis/player11'],
  ],
  ['sport/#', ['sport', 'sport/', 'sport/tennis'], ['sports', '/sport']],
  ['#', ['a', '/', 'a/b/c', 'a$'], ['$SYS', '$SYS/x', '$']],
  ['sport/tennis/+', ['sport/tennis/player1', 'sport/tennis/'], ['sport/tennis', 'sport/tennis/player1/ranking']],
  ['sport/+', ['sport/', 'sport/x', 'sport/$x'], ['sport', 'sport/x/']],
  ['+', ['finance', '$'.padStart(2, 'a')], ['/finance', '$finance', '$', 'a/b']],
  ['+/+', ['/finance', 'a/b', '/'], ['a', 'a/b/c', '$SYS/x']],
  ['/+', ['/finance', '/$x'], ['finance', '/a/b']],
  ['+/', ['a/', '/'], ['a', 'a/b']],
  ['+/tennis/#', ['a/tennis', 'a/tennis/b/c', '/tennis'], ['a/b/tennis', '$SYS/tennis']],
  ['sport/+/player1', ['sport/tennis/player1', 'sport//player1'], ['sport/player1', 'sport/a/b/player1']],
  ['+/monitor/Clients', ['a/monitor/Clients'], ['$SYS/monitor/Clients']],
  ['$SYS/#', ['$SYS', '$SYS/', '$SYS/monitor'], ['$sys', 'SYS', 'x']],
  ['$SYS/monitor/+', ['$SYS/monitor/Clients'], ['$SYS/monitor', '$SYS/monitor/a/b']],
  ['$', ['$'], ['a', '$/']],
  ['ACCOUNTS', ['ACCOUNTS'], ['Accounts', 'ACCOUNTS ']],
  ['/', ['/'], ['', 'a', '//']],
  ['a/+/#', ['a/', 'a/b', 'a/b/c'], ['a', 'b/b']],
];

describe('matching', () => {
  it.each(table)('%s matches what 4.7.1 says, and nothing else', (topicFilter, matched, others) => {
    for (const topic of matched) expect(matches(topicFilter, topic), topic).toBe(true);
    for (const topic of others) expect(matches(topicFilter, topic), topic).toBe(false);
  });
  it('keeps a filter that begins with a wildcard away from topics that begin with $ [MQTT-4.7.2-1]', () => {
    for (const filter of ['#', '+', '+/#', '+/monitor', '#'])
      for (const topic of ['$SYS', '$SYS/monitor', '$']) expect(matches(filter, topic)).toBe(false);
    expect(matches('a/+', 'a/$SYS')).toBe(true);
  });
  it('normalises nothing [MQTT-4.7.3-4]', () => {
    expect(matches('caf\u00e9', 'cafe\u0301')).toBe(false);
    expect(matches('a', 'A')).toBe(false);
    expect(matches('a', 'a ')).toBe(false);
    expect(matches('\ufeffa', 'a')).toBe(false);
    expect(matches('.*', 'aa')).toBe(false);
  });
});
