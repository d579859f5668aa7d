// The playground: its pages, and a link to what each of them shows.
import { BuildPage } from './build-page.ts';
import { ConnectPage } from './connect-page.ts';
import { h } from './dom.ts';
import { ExplainPage } from './explain-page.ts';
import { LatePage } from './late-page.ts';
import type { Page } from './page.ts';
import { formatHash, parseHash } from './share.ts';
import { SignPage } from './sign-page.ts';

let current: Page | undefined; // undefined: the pages are being made

/** Puts what is shown into the address, without a step in the browser's history. */
const changed = () => {
  if (current !== undefined) history.replaceState(null, '', formatHash(current.name, current.share()));
};

const explainPage = new ExplainPage(changed);
const connectPage = new ConnectPage(changed);
const signPage = new SignPage(changed, (access) => {
  connectPage.prepare(access);
  location.hash = formatHash(connectPage.name, connectPage.share());
});
const pages: readonly Page[] = [
  explainPage,
  new BuildPage(changed),
  connectPage,
  signPage,
  new LatePage('wire', 'Hold the wire', async () => new (await import('./wire-page.ts')).WirePage(changed)),
  new LatePage('learn', 'Learn', async () => new (await import('./learn-page.ts')).LearnPage(changed)),
];

const links = pages.map(({ name, title }) => h('a', { href: `#/${name}` }, title));
const main = h('main', {}, ...pages.map(({ element }) => element));
document.body.append(
  h('header', {}, h('p', { class: 'name' }, 'mqtt311'), h('nav', { 'aria-label': 'Pages' }, ...links)),
  main,
);

function open(): void {
  const { page: name, params } = parseHash(location.hash);
  const page = pages.find((one) => one.name === name) ?? explainPage;
  current = undefined;
  try {
    page.load(params);
  } catch {
    // a link that nobody can read: the page stays as it was
  }
  current = page;
  pages.forEach((one, i) => {
    one.element.hidden = one !== page;
    links[i]!.toggleAttribute('aria-current', one === page);
    if (one === page) links[i]!.setAttribute('aria-current', 'page');
  });
  document.title = `${page.title} · mqtt311`;
  changed();
}

addEventListener('hashchange', open);
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
  const file = event.dataTransfer?.files[0];
  if (file === undefined) return;
  event.preventDefault();
  location.hash = `#/${explainPage.name}`;
  void explainPage.openFile(file);
});
open();
