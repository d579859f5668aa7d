// What the application asks of the broker: to publish, to subscribe, to unsubscribe.
import type { PublishPacket } from '../codec/codec.ts';
import { measure } from '../codec/encoder.ts';
import { PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from '../codec/packets/packet.ts';
import { ConnectionLostError } from '../connection/error.ts';
import { QueueFullError } from '../session/error.ts';
import { settleOrAbort } from './abort.ts';
import { checkOptions, checkPublish } from './check.ts';
import { emit } from './events.ts';
import { toBytes } from './message.ts';
import type { MqttClient } from './mqtt-client.ts';
import type { PublishOptions, SubscribeOptions, TopicFilters, TopicFilterWithQos } from './options.ts';
import { Router } from './router.ts';
import type { MessageHandler, Subscription } from './subscription.ts';

export function publish(
  client: MqttClient,
  topic: string,
  payload: string | Uint8Array,
  options: PublishOptions = {},
  callback?: never,
): Promise<void> {
  const { qos = 0, retain = false, signal } = options;
  const { session } = client;
  let message: PublishPacket;
  try {
    checkPublish(options, callback);
    const bytes = toBytes(payload, 'payload');
    message = { type: PUBLISH, dup: false, qos, retain, topic, packetId: 0, payload: bytes };
    const isFree = client.state === 'online' && session.queuedCount === 0 && !client.suspicion.isGrave;
    if (qos === 0 && isFree && !signal && !client.closing) {
      client.connection!.send(message);
      return client.connection!.outgoing.taken(); // one promise for all publishes of this turn, since promises are what takes time
    }
    measure(PUBLISH, { ...message, packetId: qos });
  } catch (error) {
    return Promise.reject(error);
  }
  return settle(client, signal, (resolve, reject) => {
    const exchange = session.publish(message, (error) => {
      client.publishing -= 1;
      if (error) reject(error);
      else if (qos === 0) client.connection!.outgoing.taken().then(resolve, reject);
      else resolve();
    });
    client.publishing += 1;
    return (reason) => {
      if (session.cancel(exchange, reason)) client.publishing -= 1;
    };
  });
}

export function subscribe(
  client: MqttClient,
  topicFilters: TopicFilters,
  options: SubscribeOptions = {},
  handler?: MessageHandler,
): Promise<Subscription> {
  const { qos = 0, signal } = options;
  let subscriptions: TopicFilterWithQos[];
  try {
    checkOptions(options);
    const filters = Array.isArray(topicFilters) ? topicFilters : [topicFilters];
    subscriptions = filters.map((each) => (typeof each === 'string' ? { topicFilter: each, qos } : each));
    measure(SUBSCRIBE, { type: SUBSCRIBE, packetId: 1, subscriptions });
  } catch (error) {
    return Promise.reject(error);
  }
  return settle(client, signal, (resolve, reject) => {
    client.router ??= new Router(client);
    return client.router.subscribe(subscriptions, options, handler, resolve, reject);
  });
}

export async function unsubscribe(client: MqttClient, topicFilters: string | readonly string[]): Promise<void> {
  const filters = typeof topicFilters === 'string' ? [topicFilters] : topicFilters;
  measure(UNSUBSCRIBE, { type: UNSUBSCRIBE, packetId: 1, topicFilters: filters });
  if (client.failure) throw client.failure;
  client.router ??= new Router(client);
  return client.router.unsubscribe(filters);
}

/** A promise that nobody has to listen to when it fails because of the connection or the queue: an `error` event tells too. */
function settle<T>(
  client: MqttClient,
  signal: PublishOptions['signal'],
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => (reason: Error) => void,
): Promise<T> {
  const promise = settleOrAbort<T>(signal, (resolve, reject) => {
    const fail = (error: Error) => {
      if (error instanceof ConnectionLostError || error instanceof QueueFullError)
        void Promise.resolve().then(() => promise.catch(() => {}));
      reject(error);
    };
    try {
      if (client.failure) throw client.failure;
      if (client.closing) throw new ConnectionLostError('client-closed', 'the client is closing');
      return start(resolve, fail);
    } catch (error) {
      if (error instanceof QueueFullError) emit(client, 'error', error);
      fail(error as Error);
      return () => {};
    }
  });
  return promise;
}
