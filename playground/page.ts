/** One view of the playground. */
export interface Page {
  readonly name: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** Takes over what a link says. An empty one changes nothing. */
  load(params: URLSearchParams): void;
  /** What a link to this page says: nothing secret. */
  share(): Record<string, string>;
}

/** Tells that what a page shares has changed. */
export type Changed = () => void;
