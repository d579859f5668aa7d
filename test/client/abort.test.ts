// One signal for many promises.
import { expect, it } from 'vitest';
import { settleOrAbort } from '../../src/client/abort.ts';
import { deferred, fate, Network } from '../support/fake-network.ts';

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
    listeners.add(listener);
    add(type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return { controller, signal, listeners };
}

it('has one listener, however many promises wait, and none when the last of them has settled', async () => {
  const { signal, listeners } = counted();
  const network = new Network();
  const client = await network.online();
  await network.connection.cut();
  const publishing = Array.from({ length: 11 }, () => client.publish('a', 'b', { signal }));
  expect(listeners.size).toBe(1);
  await network.clock.advance(network.clock.pending[0]!);
  await network.accept();
  await Promise.all(publishing);
  expect(listeners.size).toBe(0);
  const { promise, resolve } = deferred();
  const waiting = settleOrAbort(signal, (settle) => {
    void promise.then(settle);
    return () => {};
  });
  expect(listeners.size).toBe(1);
  resolve();
  await waiting;
  expect(listeners.size).toBe(0);
});

it('rejects every promise that waits and cancels it, in order, and leaves the settled ones alone', async () => {
  const { controller, signal, listeners } = counted();
  const cancelled: number[] = [];
  const start = (i: number) =>
    settleOrAbort<string>(signal, (resolve) => {
      if (i === 1) void Promise.resolve('done').then(resolve);
      return () => cancelled.push(i);
    });
  const promises = [0, 1, 2].map(start);
  expect(await promises[1]).toBe('done');
  controller.abort(new Error('enough'));
  expect(await Promise.all(promises.map(fate))).toMatchObject([{ message: 'enough' }, 'done', { message: 'enough' }]);
  expect(cancelled).toStrictEqual([0, 2]);
  expect(listeners.size).toBe(0);
});

it('has one listener, too, when a promise is made while another one is begun', () => {
  const { signal, listeners } = counted();
  const never = () => settleOrAbort(signal, () => () => {});
  void settleOrAbort(signal, () => {
    void never();
    return () => {};
  });
  expect(listeners.size).toBe(1);
});
