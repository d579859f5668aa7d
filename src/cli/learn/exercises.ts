// The twelve exercises, from the Remaining Length to a client.
import { checks as encodeLength } from './checks/1-encode-length.ts';
import { checks as decodeLength } from './checks/2-decode-length.ts';
import { checks as string } from './checks/3-string.ts';
import { checks as connect } from './checks/4-connect.ts';
import { checks as connack } from './checks/5-connack.ts';
import { checks as publish } from './checks/6-publish.ts';
import { checks as subscribe } from './checks/7-subscribe.ts';
import { checks as topicFilter } from './checks/8-topic-filter.ts';
import { checks as stream } from './checks/9-stream.ts';
import { checks as keepAlive } from './checks/10-keep-alive.ts';
import { checks as receiveOnce } from './checks/11-receive-once.ts';
import { checks as client } from './checks/12-client.ts';
import type { Exercise } from './run.ts';

export const exercises: readonly Exercise[] = [
  exercise('encode-length', 'Write the Remaining Length', ['encodeRemainingLength'], encodeLength),
  exercise('decode-length', 'Read the Remaining Length', ['decodeRemainingLength'], decodeLength),
  exercise('string', 'Write and read strings', ['encodeString', 'decodeString'], string),
  exercise('connect', 'CONNECT', ['encodeConnect'], connect),
  exercise('connack', 'CONNACK', ['decodeConnack'], connack),
  exercise('publish', 'PUBLISH', ['encodePublish', 'decodePublish'], publish),
  exercise('subscribe', 'SUBSCRIBE and SUBACK', ['encodeSubscribe', 'decodeSuback'], subscribe),
  exercise('topic-filter', 'Match topic filters', ['matches'], topicFilter),
  exercise('stream', 'Packets from a stream', ['createDecoder'], stream),
  exercise('keep-alive', 'Keep alive', ['createKeepAlive'], keepAlive),
  exercise('receive-once', 'Receive exactly once', ['createReceiver'], receiveOnce),
  exercise('client', 'A client that comes back', ['createClient'], client),
].map((each, i) => ({ ...each, number: i + 1, name: `${i + 1}-${each.name}` }));

function exercise(
  name: string,
  title: string,
  functions: readonly string[],
  checks: Exercise['checks'],
): Omit<Exercise, 'number'> {
  return { name, title, functions, checks };
}
