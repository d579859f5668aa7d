// A request and its response. MQTT 3.1.1 has no such thing: both are messages, with a number that they share.
import { type Client, connect } from 'mqtt311';
import { createBroker } from 'mqtt311/testing';

interface Request {
  readonly id: number;
  readonly replyTo: string;
  readonly question: unknown;
}

/** A function that asks. The client id is in the topic of the answers, so that no other client gets them. */
export async function asker(client: Client, clientId: string) {
  const replyTo = `answers/${clientId}`;
  const waiting = new Map<number, (answer: unknown) => void>();
  await client.subscribe(replyTo, { qos: 1 }, (message) => {
    const { id, answer } = message.json() as { id: number; answer: unknown };
    waiting.get(id)?.(answer); // an answer that comes twice, or too late, finds nobody
  });
  let last = 0;
  return (topic: string, question: unknown, milliseconds = 5_000) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++last;
      const end = () => {
        clearTimeout(timer);
        waiting.delete(id);
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      const timer = setTimeout(() => fail(new Error(`no answer from ${topic} in ${milliseconds} ms`)), milliseconds);
      waiting.set(id, (answer) => {
        end();
        resolve(answer);
      });
      const request: Request = { id, replyTo, question };
      client.publish(topic, JSON.stringify(request), { qos: 1 }).catch(fail);
    });
}

/** Answers the requests of a topic. At QoS 1 a request may come twice: `answer` must not mind. */
export const answerer = (client: Client, topic: string, answer: (question: unknown) => unknown) =>
  client.subscribe(topic, { qos: 1 }, async (message) => {
    const { id, replyTo, question } = message.json() as Request;
    await client.publish(replyTo, JSON.stringify({ id, answer: await answer(question) }), { qos: 1 });
  });

const broker = createBroker(); // in this process, to try it
const { transport } = broker;
const service = await connect('ws://test', { transport, clientId: 'service' });
await answerer(service, 'service/length', (question) => `${question}`.length);
const app = await connect('ws://test', { transport, clientId: 'app' });
const ask = await asker(app, 'app');
console.log(await ask('service/length', 'MQTT'));
await ask('service/weather', 'tomorrow', 10).catch((error) => console.log(`${error}`));
await Promise.all([app.close(), service.close()]);
broker.close();
