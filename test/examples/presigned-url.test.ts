// The signature against what AWS publishes and against another implementation; and when the client asks for one.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { presign, start } from '../../examples/presigned-url.ts';
import { Network } from '../support/fake-network.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const iot = {
  host: 'a1b2c3-ats.iot.eu-central-1.amazonaws.com',
  path: '/mqtt',
  region: 'eu-central-1',
  service: 'iotdevicegateway',
  expires: 300,
  payloadHash: createHash('sha256').digest('hex'),
};
const date = new Date('2026-12-01T12:34:56.789Z');

describe('the presigned url', () => {
  it("has the signature of the presigned url in AWS's documents (Amazon S3, Authenticating Requests: Using Query Parameters)", () => {
    const s3 = {
      host: 'examplebucket.s3.amazonaws.com',
      path: '/test.txt',
      region: 'us-east-1',
      service: 's3',
      expires: 86_400,
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    expect(presign(s3, credentials, new Date('2013-05-24T00:00:00Z'))).toBe(
      'wss://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  it('has the signature that aws4 1.13.2 makes for AWS IoT', () => {
    const url = new URL(presign(iot, { accessKeyId: 'AKIDEXAMPLE', secretAccessKey }, date));
    expect(url.searchParams.get('X-Amz-Signature')).toBe(
      '068fc31e7697df2997c37ac28a0ee655089104f50b6940a7201fa2f85017f1d3',
    );
  });

  it('has the session token behind the signature, which does not cover it', () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey };
    expect(presign(iot, { ...credentials, sessionToken: 'a+b/c==' }, date)).toBe(
      `${presign(iot, credentials, date)}&X-Amz-Security-Token=a%2Bb%2Fc%3D%3D`,
    );
  });
});

describe('the client over presigned urls', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: date });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('makes a new url, with the credentials of that moment, before each attempt', async () => {
    const network = new Network();
    const { clock, transport } = network;
    const client = start(iot.host, iot.region, { clientId: 'lamp', clock, transport });
    const first = await network.accept();
    expect(first.url).toBe(presign(iot, { accessKeyId: 'AKIDEXAMPLE', secretAccessKey }, date));
    vi.setSystemTime(date.getTime() + 3_600_000);
    vi.stubEnv('AWS_SESSION_TOKEN', 'fresh');
    const second = await network.reconnect();
    expect(second.url).toContain('X-Amz-Date=20261201T133456Z');
    expect(second.url).toContain('X-Amz-Security-Token=fresh');
    void client.close();
  });
});
