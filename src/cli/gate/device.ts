import type { Device } from './gate.ts';

const FIELDS = ['productKey', 'deviceName', 'deviceSecret'] as const;
const FORM = `{ ${FIELDS.join(', ')} }`;

/** Throws TypeError unless these are devices, each with a name of its own. No secret gets into the error. */
export function checkDevices(devices: unknown): asserts devices is readonly Device[] {
  if (!Array.isArray(devices)) throw new TypeError(`devices must be an array of ${FORM}, not ${kindOf(devices)}`);
  if (devices.length === 0) throw new TypeError('devices must hold at least one device');
  const places = new Map<string, number>();
  devices.forEach((device: unknown, i) => {
    const { productKey, deviceName } = checked(device, `devices[${i}]`);
    const name = `${deviceName}&${productKey}`;
    const first = places.get(name);
    if (first !== undefined)
      throw new TypeError(`devices[${i}] is ${productKey}/${deviceName} again, as devices[${first}] is`);
    places.set(name, i);
  });
}

function checked(device: unknown, place: string): Device {
  if (typeof device !== 'object' || device === null || Array.isArray(device))
    throw new TypeError(`${place} must be ${FORM}, not ${kindOf(device)}`);
  for (const field of FIELDS) {
    const value = (device as Partial<Record<string, unknown>>)[field];
    if (typeof value !== 'string') throw new TypeError(`${place}.${field} must be a string, not ${kindOf(value)}`);
    if (value === '') throw new TypeError(`${place}.${field} must not be empty`);
    if (field !== 'deviceSecret' && /[&/+#]/.test(value))
      throw new TypeError(`${place}.${field} must have none of & / + #, which stand in user names and topics`);
  }
  return device as Device;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
