// The command lines of mosquitto_pub and mosquitto_sub, in the words of pub and sub.
import { parseArgs } from 'node:util';
import { type Command, UsageError } from './command.ts';

interface Foreign {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: true;
  /** What it is called here; undefined: it stands elsewhere in the call, or nowhere. */
  readonly here?: string;
}

const text = (short?: string, here?: string): Foreign => ({
  type: 'string',
  ...(short && { short }),
  ...(here && { here }),
});
const flag = (short?: string, here?: string): Foreign => ({ ...text(short, here), type: 'boolean' });

const SHARED: Readonly<Record<string, Foreign>> = {
  host: text('h'),
  port: text('p'),
  url: text('L'),
  pw: text('P'),
  username: text('u', 'username'),
  topic: { ...text('t'), multiple: true },
  message: text('m'),
  qos: text('q', 'qos'),
  id: text('i', 'client-id'),
  keepalive: text('k', 'keep-alive'),
  'disable-clean-session': flag('c', 'no-clean'),
  cafile: text(undefined, 'ca'),
  capath: text(),
  cert: text(undefined, 'cert'),
  key: text(undefined, 'key'),
  insecure: flag(undefined, 'insecure'),
  'tls-use-os-certs': flag(),
  'will-topic': text(undefined, 'will-topic'),
  'will-payload': text(undefined, 'will-message'),
  'will-qos': text(undefined, 'will-qos'),
  'will-retain': flag(undefined, 'will-retain'),
  'id-prefix': text('I'),
  'protocol-version': text('V'),
  debug: flag('d'),
  quiet: flag(),
};

const OPTIONS: Readonly<Record<string, Readonly<Record<string, Foreign>>>> = {
  pub: {
    ...SHARED,
    file: text('f', 'file'),
    'stdin-file': flag('s', 'stdin'),
    'stdin-line': flag('l', 'lines'),
    'null-message': flag('n'),
    retain: flag('r', 'retain'),
    repeat: text(undefined, 'repeat'),
  },
  sub: {
    ...SHARED,
    verbose: flag('v', 'verbose'),
    count: text('C', 'count'),
    timeout: text('W', 'timeout'),
    'our-count': text('n', 'count'),
    format: text('F'),
    'no-eol': flag('N'),
    'filter-out': text('T'),
    'retain-as-published': flag('R'),
  },
};

/** Ports of MQTT over TCP. */
const TCP_PORTS = ['1883', '8883'];
const SECURE = ['cafile', 'capath', 'cert', 'insecure', 'tls-use-os-certs'];

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What is wrong with arguments that mosquitto_pub or mosquitto_sub would take, or undefined where they are no such ones. */
export function mistakenForMosquitto(command: Command, args: readonly string[]): UsageError | undefined {
  const { name } = command;
  const theirs = OPTIONS[name];
  if (theirs === undefined) return undefined;
  const options = { ...oursOf(command), ...theirs };
  const parsed = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const { tokens } = parsed;
  const used = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  const foreign = used.filter(({ rawName, name: long, value }) => long in theirs && isForeign(command, rawName, value));
  if (foreign.length === 0) return undefined;

  const values = withUrl(parsed.values);
  const namesOf = (some: typeof used) => [...new Set(some.map(({ rawName }) => rawName))].join(', ');
  const lost = used.filter(({ name: long }) => !isTranslated(options, long));
  const hints = [
    `${namesOf(foreign)}: these are of mosquitto_${name}; here -u is the URL, -h alone is the help, and MQTT goes over WebSocket`,
    lacksPort(values) &&
      'the URL needs the port, and perhaps the path, at which the broker takes WebSockets: 1883 is for TCP',
    lost.length > 0 && `there is nothing like ${namesOf(lost)}`,
  ];
  const isAllKnown = used.every(({ name: long }) => long in options);
  const call = callOf(name, options, values, isAllKnown ? parsed.positionals : []); // one may be the value of an unknown option
  return new UsageError(hints.filter((hint) => hint !== false).join('; '), { call });
}

/** -u is the user name there, and the URL here. */
function withUrl(values: Values): Values {
  const { username, ...others } = values;
  return `${username}`.includes('://') ? { ...others, url: username } : values;
}

/** The command's own options, which stay as they are. */
function oursOf({ options }: Command): Record<string, Foreign> {
  const names = Object.entries(options).map(([long, { type, default: preset, multiple }]): [string, Foreign] => {
    const here = type === 'boolean' && preset === true ? `no-${long}` : long;
    return [here, { type, here, ...(multiple && { multiple }) }];
  });
  return Object.fromEntries(names);
}

function isForeign({ name, options }: Command, rawName: string, value: string | undefined): boolean {
  if (rawName === '-h') return value !== undefined && !value.startsWith('-'); // alone it asks for the help
  if (rawName === '-u') return value !== undefined && !value.includes('://');
  if (rawName === '-t' && name === 'sub') return Number.isNaN(Number(value)); // here it is a time
  const ours = Object.entries(options).flatMap(([long, { short }]) => [`--${long}`, `-${short}`]);
  return !ours.includes(rawName);
}

/** Whether the call that is proposed says it. */
function isTranslated(options: Readonly<Record<string, Foreign>>, long: string): boolean {
  const isElsewhere = ['host', 'port', 'url', 'pw', 'topic', 'message', 'null-message', 'tls-use-os-certs'];
  return options[long]?.here !== undefined || isElsewhere.includes(long);
}

/** The parts of a URL: here it ends with a path, there with a topic. */
interface Place {
  readonly scheme?: string;
  readonly username?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: string;
  readonly path?: string;
}

const PLACE =
  /^(?<scheme>\w+):\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^/]*))?@)?(?<host>[^:/]*)(?::(?<port>\d+))?\/?(?<path>.*)$/;

function placeOf({ url, port, host }: Values): Place {
  const { groups: parts = {} }: { groups?: Place } = PLACE.exec(`${url ?? ''}`) ?? {};
  const isUnclear = `${parts.host}${parts.path}`.includes('@'); // there may be a part of a password
  if (isUnclear) return { scheme: `${parts.scheme}`, host: `${host ?? 'HOST'}`, password: '' };
  return { ...parts, ...(host && { host: `${host}` }), ...(port && { port: `${port}` }) };
}

function lacksPort(values: Values): boolean {
  const { scheme, port } = placeOf(values);
  return port === undefined ? !/^wss?$/.test(`${scheme}`) : TCP_PORTS.includes(port);
}

function urlOf(values: Values): string {
  const { scheme = '', host = 'localhost', port, path } = placeOf(values);
  const isSecure = scheme === '' ? port === '8883' || SECURE.some((name) => values[name]) : /ss$|ts$/.test(scheme);
  const isUrl = /^wss?$/.test(scheme) && path && values['topic'] !== undefined;
  const isPort = port !== undefined && !TCP_PORTS.includes(port);
  return `${isSecure ? 'wss' : 'ws'}://${host}${isPort ? `:${port}` : ''}${isUrl ? `/${path}` : ''}`;
}

/** The call to write. A password that was given is not repeated. */
function callOf(
  name: string,
  options: Readonly<Record<string, Foreign>>,
  values: Values,
  positionals: readonly string[],
): string {
  const { username, password, path } = placeOf(values);
  const translated = Object.entries(options).flatMap(([long, { type, here }]) => {
    const value = values[long] ?? (long === 'username' ? username : undefined);
    if (value === undefined || here === undefined) return [];
    return type === 'boolean' ? [`--${here}`] : [value].flat().flatMap((one) => [`--${here}`, shown(here, `${one}`)]);
  });
  const words = wordsOf(name, values, path, positionals);
  if (words.some((word) => word.startsWith('-'))) words.unshift('--');
  const call = ['mqtt311', name, '--url', urlOf(values), ...translated, ...words].map(quoted).join(' ');
  return values['pw'] === undefined && password === undefined ? call : `MQTT_PASSWORD=… ${call}`;
}

/** A header may hold a secret. */
function shown(option: string, value: string): string {
  return option === 'header' ? value.replace(/:[\s\S]*/, ': …') : value;
}

/** Topic and message, or topic filters. */
function wordsOf(name: string, values: Values, path: string | undefined, positionals: readonly string[]): string[] {
  const others = [...positionals];
  const given = values['topic'] as readonly string[] | undefined;
  const topics = given ?? (path ? [path] : others.splice(0, name === 'pub' ? 1 : others.length));
  const words = topics.length > 0 ? [...topics] : [name === 'pub' ? 'TOPIC' : 'TOPIC_FILTER'];
  const hasSource = ['file', 'stdin-file', 'stdin', 'stdin-line', 'lines'].some((source) => values[source]);
  if (name === 'sub' || hasSource) return words;
  return [...words, values['null-message'] ? '' : `${values['message'] ?? others[0] ?? 'MESSAGE'}`];
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
