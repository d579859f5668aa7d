// AWS IoT Core over WebSockets: the url is signed and soon expires, so each attempt to connect makes a new one.
// The packages aws4 and @smithy/signature-v4 sign too, for all of AWS.
import { createHash, createHmac } from 'node:crypto';
import { type Client, type ConnectOptions, createClient } from 'mqtt311';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** What temporary credentials have besides. */
  sessionToken?: string | undefined;
}

/** The parts of the signature that differ between services. */
export interface Target {
  host: string;
  path: string;
  region: string;
  service: string;
  /** Seconds. */
  expires: number;
  payloadHash: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** A url with its signature in the query: AWS Signature Version 4, since a browser can set no header on a WebSocket. */
export function presign(
  target: Target,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  date: Date,
): string {
  const { host, path, region, service, expires, payloadHash } = target;
  const time = date.toISOString().replace(/[-:]|\.\d+/g, ''); // 20261201T123456Z
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256', // the names stand in the order of the alphabet, as the signature wants
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${time}`,
    `X-Amz-Expires=${expires}`,
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const request = ['GET', path, query, `host:${host}`, '', 'host', payloadHash].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key as Buffer, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex');
  // AWS IoT does not sign the token, other services do
  const token = sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`;
  return `wss://${host}${path}?${query}&X-Amz-Signature=${signature}${token}`;
}

/** @param credentials asked before each attempt, since temporary ones expire as the url does */
export function start(
  host: string, // `aws iot describe-endpoint --endpoint-type iot:Data-ATS` tells it
  region: string,
  options: ConnectOptions & { clientId: string }, // the policy of the credentials names the client ids that it lets in
  credentials: () => Credentials | Promise<Credentials> = fromEnvironment,
): Client {
  const target = { host, path: '/mqtt', region, service: 'iotdevicegateway', expires: 300, payloadHash: sha256('') };
  return createClient(`wss://${host}/mqtt`, {
    ...options,
    keepAlive: 60,
    // the signature is looked at when the connection begins: one that is open lives on when its url has expired
    beforeConnect: async () => ({ url: presign(target, await credentials(), new Date()) }),
  });
}

function fromEnvironment(): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  return { accessKeyId, secretAccessKey, sessionToken };
}
