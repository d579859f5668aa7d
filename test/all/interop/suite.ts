import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, BROKERS, type BrokerName, FAULTS } from './brokers.ts';
import { casesOf, titleOf } from './cases.ts';
import { exchangeMessage, exchangesOf, exchangeWill } from './exchanges.ts';
import { FAULT_TESTS } from './faults.ts';
import { Pulse } from './pulse.ts';
import { Scene } from './scene.ts';
import { installedVersion, type ReachableBroker, startBroker } from './start.ts';

/** Every exchange with a broker of the table, in the version that the table names. */
export function interop(name: BrokerName): void {
  const broker = BROKERS[name];
  exchangeAll(broker, () => startBroker(name));

  it(`${broker.name} is the version that the table names`, () => {
    expect(installedVersion(broker)).toMatch(new RegExp(`^${broker.version.replaceAll('.', '\\.')}\\b`));
  });
}

/** Every exchange over ws and over wss with one broker, then its faults. */
export function exchangeAll(broker: Behaviour, start: () => Promise<ReachableBroker>): void {
  let running: ReachableBroker;
  let pulse: Pulse | undefined;

  beforeAll(async () => {
    running = await start();
    if (broker.faults.includes('sleeps between pieces')) pulse = await Pulse.start(running);
  }, 120_000);
  afterAll(async () => {
    await pulse?.stop();
    await running?.stop();
  });

  describe.concurrent.each(['ws', 'wss'] as const)(`${broker.name} over %s`, (scheme) => {
    for (const one of casesOf(broker)) {
      const exchange = one.kind === 'message' ? exchangeMessage : exchangeWill;
      it(titleOf(one), (context) => exchange(new Scene(broker, running, scheme, context), one));
    }
    for (const { title, run } of exchangesOf(broker))
      it(title, (context) => run(new Scene(broker, running, scheme, context)));
  });

  if (broker.faults.length === 0) return;
  describe(`what is wrong with ${broker.name}`, () => {
    for (const fault of broker.faults)
      it(`${fault}: ${FAULTS[fault]}`, async (context) => {
        await pulse?.stop();
        await FAULT_TESTS[fault](new Scene(broker, running, 'ws', context));
      });
  });
}
