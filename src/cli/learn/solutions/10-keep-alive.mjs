export function createKeepAlive(keepAlive, now) {
  const period = keepAlive * 1000;
  let lastSent = now;
  let lastReceived = now;
  let pingedAt; // undefined: no PINGREQ waits for a sign of life

  return {
    sent(time) {
      lastSent = time;
    },
    received(time) {
      lastReceived = time;
      pingedAt = undefined;
    },
    poll(time) {
      if (period === 0) return 'wait';
      if (pingedAt !== undefined) return time >= pingedAt + period / 2 ? 'dead' : 'wait';
      if (time < Math.min(lastSent, lastReceived) + (period * 3) / 4) return 'wait';
      lastSent = pingedAt = time;
      return 'ping';
    },
  };
}
