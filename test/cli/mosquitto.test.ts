import { describe, expect, it } from 'vitest';
import { runHere } from '../support/run.ts';

/** The line to copy, of what is told. */
async function proposed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^mqtt311: .*\n {2}.*\n$/);
  return stderr.split('\n')[1]!.trim();
}

describe('mqtt311, called as mosquitto_pub and mosquitto_sub are', () => {
  it.each([
    ['pub -h h -p 9001 -t a/b -m hello', 'mqtt311 pub --url ws://h:9001 a/b hello'],
    [
      'pub -h h -t a/b -m hello -q 1 -r -i me -k 30',
      'mqtt311 pub --url ws://h --qos 1 --retain --client-id me --keep-alive 30 a/b hello',
    ],
    ['pub -h h -p 8883 --cafile ca.pem -t t -f file', 'mqtt311 pub --url wss://h --file file --ca ca.pem t'],
    ['pub -L mqtts://h:8884/a/b -l', 'mqtt311 pub --url wss://h:8884 --lines a/b'],
    ['pub -t t -n', "mqtt311 pub --url ws://localhost t ''"],
    ['pub -h h -t t -m -5', 'mqtt311 pub --url ws://h -- t -5'],
    ['pub -u bob t m', 'mqtt311 pub --url ws://localhost --username bob t m'],
    ['pub -u ws://h:1/p -t t -m m', 'mqtt311 pub --url ws://h:1/p t m'],
    ['pub -h h', 'mqtt311 pub --url ws://h TOPIC MESSAGE'],
    [
      'pub -h h -t t -m m --will-topic w --will-payload gone',
      'mqtt311 pub --url ws://h --will-topic w --will-message gone t m',
    ],
    [
      'sub -h h -p 9001 -t a/# -t b -v -C 3 -W 5',
      "mqtt311 sub --url ws://h:9001 --count 3 --timeout 5 --verbose 'a/#' b",
    ],
    ['sub -t a/b -c -i me', 'mqtt311 sub --url ws://localhost --client-id me --no-clean a/b'],
    ['sub -h h --json a', 'mqtt311 sub --url ws://h --json a'],
  ])('%s: proposes the right call', async (line, call) => expect(await proposed(...line.split(' '))).toBe(call));

  it('quotes for a shell', async () =>
    expect(await proposed('pub', '-h', 'h', '-t', 'a b', '-m', "it's")).toBe(
      "mqtt311 pub --url ws://h 'a b' 'it'\\''s'",
    ));

  it.each([
    [['-u', 'bob', '-P', 'hunter2'], 'MQTT_PASSWORD=… mqtt311 pub --url ws://h --username bob t m'],
    [['-L', 'mqtt://bob:hunter2@h'], 'MQTT_PASSWORD=… mqtt311 pub --url ws://h --username bob t m'],
    [['-L', 'mqtt://bob:1@hunter2@h'], 'MQTT_PASSWORD=… mqtt311 pub --url ws://h --username bob t m'],
    [['-L', 'mqtts://bob:1/hunter2@h'], 'MQTT_PASSWORD=… mqtt311 pub --url wss://h t m'],
    [['--password', 'hunter2'], 'mqtt311 pub --url ws://h t m'],
    [['--header', 'Authorization: hunter2'], "mqtt311 pub --url ws://h --header 'Authorization: …' t m"],
  ])('does not repeat the secret in %j', async (given, call) => {
    const args = ['pub', '-h', 'h', '-t', 't', '-m', 'm', ...given];
    expect((await runHere(args)).stderr).not.toContain('hunter2');
    expect((await runHere(['pub', '-h', 'h', ...given])).stderr).not.toContain('hunter2'); // it is not the topic
    expect(await proposed(...args)).toBe(call);
  });

  it('says what has no counterpart, and that the port is not that of TCP', async () => {
    const { stderr } = await runHere(['sub', '-h', 'h', '-p', '1883', '-t', 't', '-d', '-F', '%p']);
    expect(stderr).toContain('there is nothing like -d, -F');
    expect(stderr).toContain('1883 is for TCP');
    expect((await runHere(['sub', '-h', 'h', '-p', '9001', '-t', 't'])).stderr).not.toContain('1883');
  });

  it.each([
    ['pub', '-h'],
    ['sub', '-h'],
    ['pub', 't', 'm', '-h'],
    ['sub', '-h', '--json'],
    ['sub', '-t', 'a', '--help'],
  ])('%s %s %s: still asks for the help', async (...args) =>
    expect(await runHere(args)).toMatchObject({ code: 0, stderr: '' }),
  );

  it('leaves a time to sub, and what follows -- to be a message', async () => {
    expect((await runHere(['sub', '-t', '5'])).stderr).toContain('subscribe to what?');
    expect((await runHere(['pub', '--url', 'ws://', '--', 't', '-m'])).stderr).toContain('--url must begin with');
  });
});
