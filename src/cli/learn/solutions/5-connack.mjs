export function decodeConnack(bytes) {
  const [type, length, flags, returnCode] = bytes;
  if (type !== 0x20) throw new Error('this is not a CONNACK');
  if (length !== 2 || bytes.length !== 4) throw new Error('a CONNACK has four bytes');
  if (flags > 1) throw new Error('the reserved flags must be 0');
  if (returnCode > 5) throw new Error(`return code ${returnCode} is reserved`);
  if (flags === 1 && returnCode > 0) throw new Error('a refusal must not have Session Present [MQTT-3.2.2-4]');
  return { sessionPresent: flags === 1, returnCode };
}
