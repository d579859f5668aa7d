// Where pub, sub and ping connect to, and as whom.
import { UsageError } from './command.ts';

/** A broker. `url` has no user name and no password, so that nothing that shows it shows them. */
export interface Target {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const FORM = 'ws://HOST[:PORT][/PATH], or with wss://';

/**
 * The brokers of these URLs. A user name stands in the URL, or is `username` for all of them; a password stands in the
 * URL, or is `password`.
 */
export function targetsOf(
  urls: readonly string[],
  username: string | undefined,
  password: string | undefined,
): readonly Target[] {
  return urls.map((text) => {
    const url = parsed(text);
    if (url.username === '' && url.password === '')
      return { url: text, username, password: username === undefined ? undefined : password };
    if (username !== undefined) throw new UsageError('the user name is in the --url or in --username, not in both');
    const [named, secret] = [url.username, url.password].map(decoded) as [string, string];
    url.username = '';
    url.password = '';
    return { url: url.href, username: named, password: secret === '' ? password : secret };
  });
}

/** Throws without a word of the URL, in which there may be a password. */
function parsed(text: string): URL {
  if (!/^wss?:\/\/[^/]/i.test(text)) throw new UsageError('--url must begin with ws:// or wss:// and a host');
  const advice = 'in a user name or a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23';
  if (!URL.canParse(text) || text.includes('#')) throw new UsageError(`--url must be ${FORM}; ${advice}`);
  return new URL(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new UsageError('a user name or password in a --url must be percent-encoded UTF-8: write % as %25', { cause });
  }
}

/** What may be shown of it: neither its path nor its query, where a token may stand. */
export function originOf({ url }: Target): string {
  return new URL(url).origin;
}
