import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Broker, startBroker } from '../support/broker.ts';
import { runHere } from '../support/run.ts';

vi.setConfig({ testTimeout: 30_000 });

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
  broker.aedes.authenticate = (_client, _username, password, done) => done(null, `${password}` === 'hunter2');
});
afterAll(() => broker.close());

const run = (name: string, password: string, ...args: string[]) =>
  runHere([name, '--url', broker.url, '--username', 'anna', '--trace', ...args], {
    MQTT_PASSWORD: password,
    NO_COLOR: '1',
  });
const headingsOf = (stderr: string) => [...stderr.matchAll(/^\d+\.\d{3} s {2}(.*)$/gm)].map(([, heading]) => heading);

describe('--trace', () => {
  it('draws every packet that pub sends and receives, and no password', async () => {
    const { code, stdout, stderr } = await run('pub', 'hunter2', '--client-id', 'lamp', '--qos', '2', 'a/b', 'hello');
    expect([code, stdout]).toEqual([0, '']);
    expect(headingsOf(stderr)).toEqual([
      'sent CONNECT lamp, keep alive 60 s',
      'received CONNACK accepted',
      'sent PUBLISH a/b, QoS 2, id 1',
      'received PUBREC id 1',
      'sent PUBREL id 1',
      'received PUBCOMP id 1',
      'sent DISCONNECT',
    ]);
    expect(stderr).toMatch(/Application Message +"hello" \[§3\.3\.3\]/);
    expect(stderr).toMatch(/Password +"\*{8}" \[§3\.1\.3\.5\]/);
    expect(stderr).not.toMatch(/hunter2|68 75 6e 74/);
  });

  it('draws the packets of sub', async () => {
    const talking = setInterval(
      () =>
        broker.aedes.publish(
          { cmd: 'publish', topic: 'a', payload: 'on', qos: 0, retain: false, dup: false },
          () => {},
        ),
      5,
    );
    const { stdout, stderr } = await run('sub', 'hunter2', '--client-id', 'lamp', '--count', '1', 'a');
    clearInterval(talking);
    expect(stdout).toBe('on\n');
    expect(headingsOf(stderr).slice(0, 5)).toEqual([
      'sent CONNECT lamp, keep alive 60 s',
      'received CONNACK accepted',
      'sent SUBSCRIBE id 1, a',
      'received SUBACK id 1, QoS 0',
      'received PUBLISH a, QoS 0',
    ]);
  });

  it.each(['pub', 'sub'])('ends %s at its first attempt when the broker refuses, as without it', async (name) => {
    const args = name === 'pub' ? ['a', 'b'] : ['a'];
    const { code, stderr } = await run(name, 'wrong', ...args);
    expect(code).toBe(1);
    expect(headingsOf(stderr)).toHaveLength(2);
    expect(stderr).toMatch(/refused/);
    const lost = await runHere([name, '--url', 'ws://127.0.0.1:1/', '--trace', ...args]);
    expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be opened') });
    expect(lost.stderr.trim().split('\n')).toHaveLength(1);
  });
});
