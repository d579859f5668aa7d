// The playground in real browsers, as somebody uses it who has never seen it.
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packets } from '../../playground/samples.ts';
import { connack, connect, encode, publish, subscribe } from '../../src/codec/codec.ts';
import { type Broker, startBroker } from '../support/broker.ts';
import { hex } from '../support/hex.ts';
import { type BrowserName, launch, serve } from '../support/page.ts';
import { captureFile } from '../support/pcap.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['explain', 'build', 'connect', 'sign', 'wire', 'learn'];
/** A message of QoS 1 that is on its way to the phone, while its PUBACK is held. */
const HELD = 'wire?challenge=twice&moves=publish-sensor-1.deliver-7';
/** Firefox reports a refused or a cut WebSocket as an error of the page, in words that depend on when it happened. */
const FIREFOX_ON_A_LOST_SOCKET = /^(Firefox can’t establish a connection|The connection to ws:\S+ was interrupted)/;
/** Tries to bring something into the page, and returns the result of each way. */
const INJECTION = `(async () => {
  const refused = [];
  addEventListener('securitypolicyviolation', ({ effectiveDirective }) => refused.push(effectiveDirective));
  window.ran = [];
  const outcome = async (way, inject) => {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 5_000);
      addEventListener('securitypolicyviolation', () => { clearTimeout(timer); setTimeout(resolve); }, { once: true });
      try { inject(); } catch {}
    });
    return [way, refused.length > 0 && window.ran.length === 0 ? (refused.length = 0, 'refused') : 'done'];
  };
  const add = (tag, attributes, text = '') => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(text);
    document.body.append(element);
    return element;
  };
  return [
    await outcome('inline', () => add('script', {}, 'ran.push(1)')),
    await outcome('data:', () => add('script', { src: 'data:text/javascript,ran.push(1)' })),
    await outcome('handler', () => { document.body.insertAdjacentHTML('beforeend', '<i onclick="ran.push(1)"></i>'); document.body.lastElementChild.click(); }),
    await outcome('style', () => add('style', {}, 'body { display: none }')),
    await outcome('fetch', () => void fetch('http://127.0.0.1:1/').catch(() => {})),
    await outcome('image', () => add('img', { src: 'http://127.0.0.1:1/' })),
  ];
})()`;
/** Packets slide in. */
const AT_REST = 'Promise.all(document.getAnimations().map(({ finished }) => finished))';
const PUBLISH = '32 07 00 01 74 00 0a 68 69';

let server: Server;
let site = '';
let broker: Broker;

beforeAll(async () => {
  const configFile = 'playground/vite.config.ts';
  for (const mode of ['production', 'file']) await build({ configFile, mode });
  ({ server, url: site } = await serve('playground/dist/site'));
  broker = await startBroker();
}, 120_000);

afterAll(async () => {
  await broker.close();
  server.close();
});

it('loads no more than 60 kB for its first page, compressed and without fonts', () => {
  const html = readFileSync('playground/dist/site/index.html', 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file!);
  expect(files.length).toBe(2);
  const bytes = ['index.html', ...files]
    .map((file) => gzipSync(readFileSync(`playground/dist/site/${file}`), { level: 9 }).length)
    .reduce((sum, size) => sum + size);
  expect(bytes).toBeLessThanOrEqual(60_000);
});

describe.each<BrowserName>(['Chromium', 'Firefox'])('the playground in %s', { timeout: 60_000 }, (name) => {
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    browser = await launch(name);
  }, 120_000);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page.close();
    expect(failures.splice(0)).toEqual([]);
  });

  const open = async (hash: string, address = site) => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', ({ message }) => {
      if (!FIREFOX_ON_A_LOST_SOCKET.test(message)) failures.push(message);
    });
    page.on('console', (entry) => {
      if (/Content.Security.Policy/i.test(entry.text())) failures.push(entry.text()); // The page keeps its own policy.
    });
    await page.goto(`${address}#/${hash}`);
  };
  const role = (...query: Parameters<Page['getByRole']>) => page.getByRole(...query);
  const press = (label: string) => role('button', { name: label, exact: true }).click();
  const shownBytes = async () => (await page.locator('.chip:visible').allTextContents()).join(' ');
  const says = (text: string | RegExp) => page.locator('[role=status]:visible', { hasText: text }).waitFor();
  const address = async () => decodeURIComponent(await page.evaluate('location.href'));
  const passed = () => page.locator('.arrow b').allTextContents();
  const goOnline = async (keepAlive = '20') => {
    await open(
      `connect?url=${encodeURIComponent(broker.url)}&keepAlive=${keepAlive}&topic=a/b&filter=a/%2B&message=hello`,
    );
    await press('Connect');
    await page.getByText('online', { exact: true }).waitFor();
  };

  it('explains pasted hex, field by field, on hover and with the arrow keys', async () => {
    await open('explain');
    await page.getByLabel(/^Hex or base64/).fill(PUBLISH);
    expect(await shownBytes()).toBe(PUBLISH);
    await says('PUBLISH: 9 bytes, all legal.');
    const field = page.locator('.inspector:visible h2');
    await role('option', { name: /^Packet Identifier: 10/ }).hover();
    expect(await field.textContent()).toBe('Packet Identifier');
    expect(await page.locator('.inspector:visible a').textContent()).toBe('§2.3.1');
    expect((await page.locator('.bits:visible').allTextContents()).join(' ')).toBe('00000000 00001010');
    await page.locator('.chip:visible').first().click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await field.textContent()).toBe('Topic Name');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('74');
  });

  it('draws a screenful and no more when a bit of 1 MB changes, and keeps the rest', async () => {
    await open('explain');
    const payload = new Uint8Array(40);
    const packet = (i: number) => encode(publish({ topic: `t/${1000 + (i % 9)}`, payload }));
    const buffer = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => packet(i)));
    await page.locator('input[type=file]').setInputFiles({ name: 'a', mimeType: '', buffer });
    await says('20,000 packets: 1,000,000 bytes, all legal.');
    await page.evaluate(`{
      const make = document.createElement.bind(document);
      window.made = 0;
      document.createElement = (...args) => (window.made++, make(...args));
    }`);
    const flip = (bit: string) => page.locator(`[data-bit="${bit}"]:visible`).click();
    await flip('0.0');
    await says('all legal');
    await flip('0.3');
    await says(/Breaks at byte 0.*MQTT-3\.3\.1-2/);
    await flip('0.3');
    await says('all legal');
    expect(await page.evaluate('window.made')).toBeLessThan(1_500);
    expect(await page.locator('.line').first().textContent()).toContain('PUBLISH t/1000, QoS 0, RETAIN');
  });

  it('shows any packet of a long list that is scrolled to', async () => {
    await open('explain');
    const packet = (i: number) => encode(publish({ topic: `t/${i}`, payload: new Uint8Array(40) }));
    const buffer = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => packet(i)));
    await page.locator('input[type=file]').setInputFiles({ name: 'a', mimeType: '', buffer });
    await page.locator('.packet-list:visible').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await page.getByText('PUBLISH t/19999, QoS 0').click();
    expect(await page.locator('.chip.text:visible').last().textContent()).toBe(hex(Buffer.from('t/19999')));
    await page.locator('.chip:visible').last().click();
    await page.keyboard.press('Home');
    expect(await page.locator('.chip.text:visible').first().textContent()).toBe(hex(Buffer.from('t/0')));
    expect(await page.locator('.line[aria-current]').textContent()).toContain('PUBLISH t/0, QoS 0');
  });

  it('explains a capture, with the direction of each packet', async () => {
    await open('explain');
    const wire = { link: 'ethernet', version: 4, port: 1883, hasHandshake: true, isPcapng: true } as const;
    const sent = [
      { isClient: true, bytes: encode(connect({ clientId: 'lamp' })) },
      { isClient: false, bytes: encode(connack()) },
    ];
    const buffer = Buffer.from(captureFile(wire, sent));
    await page.locator('input[type=file]').setInputFiles({ name: 'a.pcapng', mimeType: '', buffer });
    await says('CONNECT, CONNACK: 22 bytes, all legal.');
    const names = await page
      .locator('.packet:visible')
      .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['name']));
    expect(names).toEqual(['→ CONNECT lamp, keep alive 60 s', '← CONNACK accepted']);
    const http = captureFile({ ...wire, port: 80 }, [{ isClient: true, bytes: Buffer.from('GET / HTTP/1.1') }]);
    await page.locator('input[type=file]').setInputFiles({ name: 'b', mimeType: '', buffer: Buffer.from(http) });
    await says('this capture has 1 TCP connection, and no MQTT in it');
  });

  it('dims what is shown while the input is no bytes', async () => {
    await open('explain');
    const input = page.getByLabel(/^Hex or base64/);
    await input.fill(PUBLISH);
    await input.fill(`${PUBLISH} 0`);
    await says('the byte at character 28 has one digit');
    expect(await shownBytes()).toBe(PUBLISH);
    expect(await page.locator('.byte-view.stale:visible').count()).toBe(1);
    await input.fill('<Buffer c0 00>');
    await says('PINGREQ: 2 bytes, all legal.');
    expect(await page.locator('.byte-view.stale').count()).toBe(0);
  });

  it('explains a file that is opened, and one that is dropped', async () => {
    await open('explain');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a', mimeType: '', buffer: Buffer.from('c000d000', 'hex') });
    await says('PINGREQ, PINGRESP: 4 bytes, all legal.');
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.of(0xe0, 0)], 'b'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }`);
    await says('DISCONNECT: 2 bytes, all legal.');
  });

  it('says where a broken packet breaks, in which statement, and what that says', async () => {
    await open('explain');
    await page.getByLabel(/^Hex or base64/).fill('32 07 00 01 74 00 00 68 69');
    await says(/Breaks at byte 5, Packet Identifier.*\[?MQTT-2\.3\.1-1/);
    await says('carry a packet identifier other than zero');
    expect(await page.locator('.chip.broken:visible').textContent()).toBe('00 00');
    await page.getByLabel(/^Hex or base64/).fill('no bytes!');
    await says('this is neither hex nor base64');
  });

  it('builds each of the fourteen packets, and the bytes follow the form', async () => {
    await open('build');
    for (const packet of packets) {
      await role('combobox', { name: 'Packet', exact: true }).selectOption(`${packet.type}`);
      expect(await shownBytes()).toBe(hex(encode(packet)));
    }
    await role('combobox', { name: 'Packet', exact: true }).selectOption('SUBSCRIBE');
    await page.getByLabel('Topic Filter').first().fill('garden/#');
    await press('Add a filter');
    await page.getByLabel('Requested QoS').nth(2).selectOption('2');
    const subscriptions = [
      { topicFilter: 'garden/#', qos: 1 },
      { topicFilter: 'alarms/#', qos: 2 },
      { topicFilter: '#', qos: 2 },
    ] as const;
    expect(await shownBytes()).toBe(hex(encode(subscribe({ packetId: 12, subscriptions }))));
    await page.getByLabel('Topic Filter').first().fill('garden#');
    await says(/Not encoded.*misplaced #: garden#.*MQTT-4\.7\.1-2/);
  });

  it('keeps its buttons in their place and the verdict in view, whatever breaks', async () => {
    await open('build');
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      const placeOf = async (label: string) => (await role('button', { name: label, exact: true }).boundingBox())!;
      const scrolled = () => page.evaluate('scrollY') as Promise<number>;
      const name = 'Packet identifier zero';
      await role('button', { name, exact: true }).scrollIntoViewIfNeeded();
      const [before, top] = [await placeOf(name), await scrolled()];
      for (const label of [name, 'Make it type 15', 'Mend it']) {
        await press(label);
        expect((await placeOf(name)).y + (await scrolled())).toBeCloseTo(before.y + top, 0);
        const status = (await page.locator('.in-view:visible').boundingBox())!;
        expect(status.y).toBeGreaterThan(0);
        expect(Math.round(status.y + status.height)).toBeLessThanOrEqual(800);
      }
    }
    await press('Make it type 15');
    await says('The packet type is one of the fourteen');
  });

  it('takes no packet identifier with QoS 0, and keeps what it shows when a field is wrong', async () => {
    await open('build');
    const id = role('spinbutton', { name: /^Packet Identifier/ });
    await role('combobox', { name: 'QoS', exact: true }).selectOption('0');
    await says('all legal');
    expect(await id.isDisabled()).toBe(true);
    await role('combobox', { name: 'QoS', exact: true }).selectOption('2');
    expect(await id.isDisabled()).toBe(false);
    const shown = await shownBytes();
    await id.fill('70000');
    await says(/Not encoded.*MQTT-2\.3\.1-1/);
    expect(await shownBytes()).toBe(shown);
    expect(await page.locator('.byte-view.stale:visible').count()).toBe(1);
  });

  it('copies a link, hex and TypeScript', async () => {
    await open('explain');
    await page.evaluate(
      'Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } })',
    );
    await page.getByLabel(/^Hex or base64/).fill('c0 00');
    for (const [label, text] of Object.entries({
      link: `${site}#/explain?hex=c000`,
      hex: 'c0 00',
      TypeScript: 'encode(pingreq())',
    })) {
      await press(`Copy ${label}`);
      await page.getByText(`The ${label} is in the clipboard.`).waitFor();
      expect(await page.evaluate('window.copied')).toContain(text);
    }
  });

  it('breaks a packet in a way that is offered, and mends it', async () => {
    await open('build');
    const legal = await shownBytes();
    await press('Packet identifier zero');
    await says(/Breaks at byte 29, Packet Identifier.*MQTT-2\.3\.1-1/);
    expect(await page.locator('.inspector:visible h2').textContent()).toBe('Packet Identifier');
    await press('Mend it');
    await says('all legal');
    expect(await shownBytes()).toBe(legal);
  });

  it('flips a bit with the keyboard: the form follows while the packet is legal', async () => {
    await open('build');
    const retain = role('button', { name: 'Byte 0, bit 0, RETAIN: 0' });
    await retain.focus();
    await page.keyboard.press('Enter');
    await role('button', { name: 'Byte 0, bit 0, RETAIN: 1' }).waitFor();
    expect(await page.getByLabel('RETAIN', { exact: true }).and(page.locator(':visible')).isChecked()).toBe(true);
    expect(await page.evaluate('document.activeElement.dataset.bit')).toBe('0.0');
    await role('button', { name: 'Byte 0, bit 2, QoS: 0' }).click();
    await says(/Breaks at byte 0.*MQTT-3\.3\.1-4/);
  });

  it('connects, subscribes, publishes and receives, and draws every packet', async () => {
    await goOnline();
    await press('Subscribe');
    await page.locator('.subscriptions li', { hasText: 'a/+ QoS 1' }).waitFor();
    await press('Publish');
    await page.locator('.messages li', { hasText: 'hello' }).waitFor();
    await expect.poll(passed).toHaveLength(8);
    const drawn = await page.locator('.arrow').allTextContents();
    expect(drawn.slice(0, 4)).toEqual([
      expect.stringMatching(/^sent CONNECT playground-\w+, keep alive 20 s$/),
      'received CONNACK accepted',
      'sent SUBSCRIBE id 1, a/+',
      'received SUBACK id 1, QoS 1',
    ]);
    expect(
      drawn
        .map((text) => text.split(' ', 2).join(' '))
        .slice(4)
        .sort(),
    ).toEqual(['received PUBACK', 'received PUBLISH', 'sent PUBACK', 'sent PUBLISH']);
    await page.locator('.arrow', { hasText: 'SUBSCRIBE' }).click();
    expect(await shownBytes()).toBe('82 08 00 01 00 03 61 2f 2b 01');
    await press('Unsubscribe from a/+');
    await expect.poll(passed).toHaveLength(10);
    await press('Disconnect');
    await page.getByText('not connected').waitFor();
    expect((await passed()).slice(8)).toEqual(['UNSUBSCRIBE', 'UNSUBACK', 'DISCONNECT']);
  });

  it('asks at the first deadline of the keep alive, and shows both', async () => {
    await goOnline('1');
    await page.locator('.keep-alive .hint', { hasText: 'PINGREQ goes in' }).waitFor();
    await expect.poll(passed, { timeout: 20_000 }).toEqual(expect.arrayContaining(['PINGREQ', 'PINGRESP']));
    expect(await page.locator('.lane').first().locator('.mark.deadline').count()).toBe(1);
    await press('Disconnect');
  });

  it.each([
    ['the broker', () => Promise.resolve(broker.cut())],
    ['hand', () => press('Cut')],
  ])('comes back with its subscription when the connection is cut by %s', async (_, cut) => {
    await goOnline();
    await press('Subscribe');
    await page.locator('.subscriptions li').waitFor();
    await cut();
    await page.locator('.note', { hasText: 'to be made anew' }).waitFor();
    await page.getByText('online', { exact: true }).waitFor();
    await expect
      .poll(passed)
      .toEqual(['CONNECT', 'CONNACK', 'SUBSCRIBE', 'SUBACK', 'CONNECT', 'CONNACK', 'SUBSCRIBE', 'SUBACK']);
    await press('Publish');
    await page.locator('.messages li', { hasText: 'hello' }).waitFor();
    await press('Disconnect');
  });

  it('says why there is no connection', async () => {
    await open('connect?url=ws://127.0.0.1:1/');
    await press('Connect');
    await says(/ConnectionLostError.*could not be opened/);
    await page.getByText('not connected').waitFor();
  });

  it('signs in step by step, with the two hashes of the HMAC', async () => {
    await open('sign');
    const steps = (await page.locator('.steps').textContent())!;
    expect(steps).toContain('clientId12345deviceNamedeviceproductKeypktimestamp789');
    expect(steps).toContain('9d 28 fe fd ca 78 8e f6 96 3c 72 1a 57 20 eb 7b b6 4a 83 3b');
    expect(steps).toContain('fafd82a3d602b37fb0fa8b7892f24a477f851a14');
    expect(steps).toContain('12345|securemode=2,signmethod=hmacsha1,timestamp=789|');
    await page.getByLabel('Device secret').fill('a2b4c6');
    expect(await page.locator('.steps').textContent()).toContain('61 32 62 34 63 36');
    await page.getByLabel('Show it').uncheck();
    expect(await page.locator('.steps').textContent()).not.toContain('61 32 62 34 63 36');
    expect(await address()).toContain('productKey=pk');
    expect(await address()).not.toMatch(/a2b4c6|613262/);
    await press('Take it to Connect');
    expect(await role('textbox', { name: 'Client Identifier' }).inputValue()).toMatch(/^12345\|/);
    expect(await address()).not.toMatch(/password|secret/i);
  });

  it('puts what it shows into a link, which shows the same in another window, but no password', async () => {
    await open('explain');
    await page.getByLabel(/^Hex or base64/).fill(PUBLISH);
    expect(await address()).toMatch(/#\/explain\?hex=320700017400/);
    const password = new TextEncoder().encode('secret');
    const packet = encode(connect({ clientId: 'lamp', username: 'anna', password }));
    await page.getByLabel(/^Hex or base64/).fill(hex(packet));
    expect(await address()).toContain('616e6e6100062a2a2a2a2a2a');
    expect(await address()).not.toContain('736563726574');

    await role('link', { name: 'Build' }).click();
    await role('textbox', { name: 'Topic Name' }).fill('a/link');
    await press('Set both QoS bits');
    await says('MQTT-3.3.1-4');
    const link = await address();
    const shown = await shownBytes();
    await page.close();
    await open(link.split('#/')[1]!);
    expect(await shownBytes()).toBe(shown);
    await says('MQTT-3.3.1-4');
    expect(await role('textbox', { name: 'Topic Name' }).inputValue()).toBe('a/link');

    await role('link', { name: 'Connect' }).click();
    await page.getByLabel('Password').and(page.locator(':visible')).fill('secret');
    await page.getByLabel('Broker').fill('ws://anna:secret@127.0.0.1:9001/mqtt?token=secret');
    expect(await address()).toContain('url=ws://127.0.0.1:9001/mqtt&');
    expect(await address()).not.toContain('secret');
  });

  it('reaches a challenge by the keyboard alone: Enter delivers, Delete drops', async () => {
    await open('wire');
    const packet = (label: string) => page.locator('.parcel', { hasText: label });
    await page.getByLabel('sensor', { exact: true }).getByRole('button', { name: 'Publish' }).press('Enter');
    await packet('PUBLISH').press('Enter');
    await packet('PUBACK').press('Delete');
    await packet('PUBACK').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.className')).toBe('wire'); // and not lost with the packet
    await page.getByLabel('sensor', { exact: true }).getByText('keeps 1: sent PUBLISH, reading 1').waitFor();
    await role('button', { name: 'Cut the line of the sensor' }).press('Enter');
    await page.getByLabel('Hold every packet').press('Space');
    await press('Race');
    await says('Reached. The phone got “reading 1” twice.');
    await press('Next challenge');
    expect(await role('combobox', { name: 'Challenge' }).inputValue()).toBe('once');
  });

  it('delivers a packet that is dragged to the other end, drops one that is dragged off, and shows the bytes', async () => {
    await open('wire');
    const drag = async (label: string, x: number, y: number) => {
      const packet = page.locator('.parcel', { hasText: label });
      await packet.scrollIntoViewIfNeeded();
      await page.evaluate(AT_REST);
      const box = (await packet.boundingBox())!;
      await page.mouse.move(box.x + 20, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + 20 + x / 2, box.y + 20 + y / 2);
      await page.mouse.move(box.x + 20 + x, box.y + 20 + y);
      await page.mouse.up();
    };
    await press('Publish');
    await page.locator('.parcel', { hasText: 'PUBLISH' }).click();
    expect((await shownBytes()).slice(0, 5)).toBe('32 1d');
    await drag('PUBLISH', 250, 0);
    await page.locator('.log li', { hasText: 'delivered' }).waitFor();
    await drag('PUBACK', 0, 90);
    await page.locator('.log li', { hasText: 'dropped' }).waitFor();
    expect(await page.locator('.log .fate').allTextContents()).toEqual(['dropped', 'delivered']);
  });

  it('shows the same world in another window, and says what is wrong with a link', async () => {
    await open(HELD);
    await page.locator('.parcel', { hasText: 'PUBACK' }).waitFor();
    const link = await address();
    await page.close();
    await open(link.split('#/')[1]!);
    await page.locator('.parcel', { hasText: 'PUBACK' }).waitFor();
    expect(await page.locator('.parcel b').allTextContents()).toEqual(['PUBACK', 'PUBLISH']);
    await page.close();
    await open('wire?challenge=twice&moves=deliver-99');
    await says('there is no packet 99 on the wire');
  });

  it('works as one file, opened without a server', async () => {
    const file = pathToFileURL(resolve('playground/dist/file/index.html')).href;
    await open(`connect?url=${encodeURIComponent(broker.url)}`, file);
    await press('Connect');
    await page.getByText('online', { exact: true }).waitFor();
    await press('Disconnect');
    await role('link', { name: 'Explain' }).click();
    await says('all legal');
  });

  const FILE = pathToFileURL(resolve('playground/dist/file/index.html')).href;
  it.each([
    ['a folder', () => site, "'self'"],
    ['one file', () => FILE, "'sha256-[\\w+/]+='"],
  ])('runs no script but its own, as %s', async (_, addressOf, own) => {
    await open('explain', addressOf());
    const policy = await page.locator('meta[http-equiv=content-security-policy]').getAttribute('content');
    expect(policy).toMatch(
      new RegExp(
        `^default-src 'none'; script-src ${own}; style-src ${own}; font-src ('self'|data:); img-src data:; ` +
          "connect-src ws: wss:; worker-src blob:; base-uri 'none'; form-action 'none'; " +
          "require-trusted-types-for 'script'; trusted-types learn$",
      ),
    );
    const ways = await page.evaluate(INJECTION);
    expect(ways).toEqual(['inline', 'data:', 'handler', 'style', 'fetch', 'image'].map((way) => [way, 'refused']));
    failures.splice(0); // The browser has told of them.
  });

  const exercise = (number: number) => page.evaluate(`location.hash = '#/learn?exercise=${number}'`);
  const solution = (file: string) => readFileSync(`src/cli/learn/solutions/${file}.mjs`, 'utf8');
  const code = () => page.getByLabel('Your code');
  const takeSolution = async (number: number) => {
    await exercise(number);
    await press('Solution');
    await press('Take it over');
  };

  it('shows a failed check as explained bytes, and passes a solution that imports the reader’s own', async () => {
    await open('learn?exercise=4', FILE);
    for (const number of [1, 3, 4]) await takeSolution(number);
    const right = solution('4-connect');
    await code().fill(right.replace('keepAlive >> 8, keepAlive & 0xff', 'keepAlive & 0xff, keepAlive >> 8'));
    await press('Run the checks');
    await says('the result differs at byte 10: 3c (00111100) instead of 00 (00000000)');
    const marked = await page.locator('.shown .marked').allTextContents();
    expect(marked).toEqual(['1000 3cKeep Alive60 s [§3.1.2.10]', '103c 00Keep Alive15360 s [§3.1.2.10]']);
    await code().fill(right);
    await page.keyboard.press('Control+Enter');
    await says('All checks pass.');
    await page.locator('.exercises li', { hasText: 'CONNECTdone' }).waitFor();
  });

  it('lets the last exercise talk to the broker in the worker', async () => {
    await open('learn');
    for (let number = 1; number <= 12; number++) await takeSolution(number);
    await press('Run the checks');
    await says('You have built an MQTT client.');
  });

  it('keeps what was written over a reload, where there is storage, and puts none of it into the link', async () => {
    await open('learn?exercise=8', FILE);
    await code().fill('export const mine = 1;');
    await page.reload();
    expect(await code().inputValue()).toBe('export const mine = 1;');
    expect(await address()).toMatch(/#\/learn\?exercise=8$/);
    await press('Start again');
    expect(await code().inputValue()).toContain('not written yet');
  });

  it('tells of a loop without an end and of a mistake of syntax, and goes on', async () => {
    await open('learn', FILE);
    await code().fill('export function encodeRemainingLength() {\n  for (;;);\n}');
    await press('Run the checks');
    await says('no result in this check within 5 s: is there a loop without an end?');
    await code().fill('export function encodeRemainingLength() {\n  let x = ;\n}');
    await press('Run the checks');
    await says(
      name === 'Chromium' ? "Unexpected token ';' (1-encode-length.mjs:2)" : 'there is a mistake of syntax in it',
    );
    await code().fill('export default 1;');
    await press('Run the checks');
    await says('in 1-encode-length.mjs:1, write import');
  });

  it.each([
    ['a folder', () => site],
    ['one file', () => FILE],
  ])(
    'lets the reader’s code load no other script, and reach neither server nor storage, as %s',
    async (_, addressOf) => {
      await open('learn?exercise=12', addressOf());
      await code().fill(`
      const blob = () => URL.createObjectURL(new Blob(['1'], { type: 'text/javascript' }));
      const ways = {
        eval: () => eval('1'),
        Function: () => new Function('1')(),
        data: () => importScripts('data:text/javascript,1'),
        blob: () => importScripts(blob()),
        import: () => import(blob()),
        fetch: () => fetch('${site}'),
        storage: () => localStorage,
      };
      async function tryAll() {
        const open = [];
        for (const [name, way] of Object.entries(ways)) {
          try { await way(); open.push(name); } catch {}
        }
        setTimeout(() => { throw new Error('tried ' + Object.keys(ways).length + ', open: ' + (open.join() || 'none')); });
      }
      export function createClient() {
        tryAll();
        return { publish() {}, subscribe() {} };
      }`);
      await press('Run the checks');
      await says('tried 7, open: none');
      failures.splice(0); // The browser has told of them.
    },
  );

  it('indents with Tab, and lets the keyboard out after Escape', async () => {
    await open('learn');
    await code().fill('');
    await page.keyboard.type('if (a) {');
    await page.keyboard.press('Enter');
    await page.keyboard.type('b');
    await page.keyboard.press('Tab');
    expect(await code().inputValue()).toBe('if (a) {\n  b  ');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Run the checks');
  });

  it('shows what a broker has chosen as text, and what cannot be seen as escapes', async () => {
    const html = '<img src=x onerror="document.body.remove()">';
    const hidden = '\u001b[2J\u009b\u061c\u202etxt.exe\u2028';
    const escaped = '\\u001b[2J\\u009b\\u061c\\u202etxt.exe\\u2028';
    await goOnline();
    await press('Subscribe');
    await page.locator('.subscriptions li').waitFor();
    const message = {
      topic: `a/${html}${hidden}`,
      payload: Buffer.from(html + hidden),
      qos: 0,
      retain: false,
    } as const;
    broker.aedes.publish({ cmd: 'publish', dup: false, ...message }, () => {});
    const shown = page.locator('.messages li');
    expect(await shown.locator('code').textContent()).toBe(`a/${html}${escaped}`);
    expect(await shown.locator('span').textContent()).toBe(html + escaped);
    expect(await page.locator('.arrow', { hasText: 'PUBLISH' }).textContent()).toContain(`a/${html}${escaped}, QoS 0`);
    await page.locator('.arrow', { hasText: 'PUBLISH' }).click();
    expect(await page.locator('.fields:visible').textContent()).toContain(escaped);
    expect(await page.locator('img').count()).toBe(0);

    const packet = encode(publish({ topic: `a/${html}${hidden}`, payload: Buffer.from(hidden) }));
    await page.goto(`${site}#/build?packet=${hex(packet).replaceAll(' ', '')}`);
    expect(await page.locator('.escaped:visible').textContent()).toBe(`a/${html}${escaped}`);
    expect(await page.getByLabel('Application Message', { exact: true }).inputValue()).toBe(hex(Buffer.from(hidden)));
    for (const character of hidden.match(/[^ -~]/g)!)
      expect(await page.locator('body').textContent()).not.toContain(character);
  });

  it.each(PAGES)('needs no scrolling sideways at 360 pixels: %s', async (hash) => {
    await open(hash);
    await page.setViewportSize({ width: 360, height: 800 });
    if (hash === 'connect') {
      await page.getByLabel('Broker').fill(broker.url);
      await press('Connect');
      await page.locator('.arrow').nth(1).click();
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });
});

describe.each([
  ['Chromium', 'light'],
  ['Chromium', 'dark'],
  ['Firefox', 'light'],
  ['Firefox', 'dark'],
] as const)('axe in %s, %s', { timeout: 60_000 }, (name, colorScheme) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(name, colorScheme);
  }, 120_000);
  afterAll(() => browser?.close());

  const violations = async (page: Page) => {
    await page.evaluate(AXE);
    const { violations, passes } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
      passes: unknown[];
    };
    expect(passes.length).toBeGreaterThan(10);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
  };

  it.each([
    'explain',
    'explain?hex=82050000000174',
    `explain?hex=${'c000'.repeat(100)}`,
    'explain?hex=101100044d51545404020014000568656c6c6fc000',
    ...packets.map((packet) => `build?packet=${hex(encode(packet)).replaceAll(' ', '')}`),
    'build?packet=3003000174&broken=3603000174',
    'connect',
    'sign',
    'wire?challenge=free',
  ])('finds nothing to object to: #/%s', async (hash) => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
    await page.goto(`${site}#/${hash}`);
    expect(await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")).toBe(colorScheme === 'dark');
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it.each([360, 1280])('finds nothing to object to on a wire with packets, %s pixels wide', async (width) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    await page.goto(`${site}#/${HELD}`);
    await page.locator('.parcel', { hasText: 'PUBACK' }).click();
    await page.locator('.opened').waitFor();
    await page.evaluate(AT_REST);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('finds nothing to object to while connected, with a packet open', async () => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 360, height: 900 } });
    await page.goto(`${site}#/connect?url=${encodeURIComponent(broker.url)}&filter=rooms/%23&topic=rooms/1`);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('button', { name: 'Subscribe', exact: true }).click();
    await page.locator('.subscriptions li').waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.locator('.messages li').waitFor();
    await page.locator('.arrow').last().click();
    await page.locator('.keep-alive .hint:not(:empty)').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});
