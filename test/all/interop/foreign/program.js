// What the programs have in common: commands as lines of JSON on standard input, what happens on standard output.
import { createInterface } from 'node:readline';

const [transport, port, options] = process.argv.slice(2);

/** How the client has to connect: clientId, clean, username, password, and a will with its payload in Base64. */
export const setting = { transport, port: Number(port), ...JSON.parse(options) };

export const bytes = (base64) => Buffer.from(base64, 'base64');

export const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

export async function serve({ subscribe, unsubscribe, publish, disconnect }) {
  for await (const line of createInterface(process.stdin)) {
    const { do: what, topic, qos, retain, payload } = JSON.parse(line);
    if (what === 'subscribe') tell({ event: 'subscribed', granted: await subscribe(topic, qos) });
    else if (what === 'unsubscribe') {
      await unsubscribe(topic);
      tell({ event: 'unsubscribed' });
    } else {
      await publish(topic, bytes(payload), qos, retain);
      tell({ event: 'published' });
    }
  }
  await disconnect();
  process.exit();
}
