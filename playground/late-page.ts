import { h } from './dom.ts';
import type { Page } from './page.ts';

/** Stands for a page whose code is loaded when it is opened, so that the others need not wait for it. */
export class LatePage implements Page {
  readonly name: string;
  readonly title: string;
  readonly element: HTMLElement = h('div');
  private readonly make: () => Promise<Page>;
  private page: Page | undefined;
  private loading: Promise<void> | undefined;
  private params = new URLSearchParams();

  constructor(name: string, title: string, make: () => Promise<Page>) {
    this.name = name;
    this.title = title;
    this.make = make;
  }

  load(params: URLSearchParams): void {
    this.params = params;
    if (this.page) this.page.load(params);
    else this.loading ??= this.open();
  }

  private async open(): Promise<void> {
    try {
      this.page = await this.make();
      this.element.replaceChildren(this.page.element);
      this.page.load(this.params);
    } catch (error) {
      this.loading = undefined; // the next time it is opened, it is tried again
      this.element.replaceChildren(h('p', { role: 'alert' }, `This page could not be loaded: ${error}`));
    }
  }

  share(): Record<string, string> {
    return this.page ? this.page.share() : Object.fromEntries(this.params);
  }
}
