// As much of WebDriver as it takes to load a page and to run a script in it.

/** What a driver answers: to the opening of a session, to a script, or when it fails. */
interface Answer {
  readonly sessionId: string;
  readonly error: string;
  readonly message: string;
}

export class WebDriver {
  private readonly url: string;
  private readonly session: string;
  private constructor(url: string, session: string) {
    this.url = url;
    this.session = session;
  }

  /** @param url of the driver, which is waited for */
  static async open(url: string, capabilities: object): Promise<WebDriver> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { value } = await call('POST', `${url}/session`, { capabilities: { alwaysMatch: capabilities } });
        return new WebDriver(url, value.sessionId);
      } catch (error) {
        if (attempt === 100 || !(error instanceof TypeError)) throw error; // fetch: it does not listen yet
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async load(page: string): Promise<void> {
    await this.send('POST', '/url', { url: page });
    await this.send('POST', '/timeouts', { script: 120_000 });
  }

  /** What the expression's promise resolves with. */
  async evaluate(expression: string): Promise<unknown> {
    const script = `const done = arguments[0]; Promise.resolve(${expression}).then(done, (error) => done(String(error)))`;
    return (await this.send('POST', '/execute/async', { script, args: [] })).value;
  }

  async close(): Promise<void> {
    await call('DELETE', `${this.url}/session/${this.session}`);
  }

  private send(method: string, path: string, body: object) {
    return call(method, `${this.url}/session/${this.session}${path}`, body);
  }
}

async function call(method: string, url: string, body?: object): Promise<{ value: Answer }> {
  const response = await fetch(url, { method, body: body === undefined ? null : JSON.stringify(body) });
  const answer = (await response.json()) as { value: Answer };
  if (!response.ok) throw new Error(`${answer.value.error}: ${answer.value.message}`);
  return answer;
}
