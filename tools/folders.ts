/** The folders of `src`, from the ground up, and what each may import from: itself, and the folders it names. */
export const FOLDERS: readonly Folder[] = [
  { name: 'codec', says: 'chapters 1.5, 2, 3 and 4.7: one packet to bytes, packets from a stream', imports: [] },
  {
    name: 'session',
    says: 'chapter 4: packet identifiers, QoS 1 and 2, what outlives a connection',
    imports: ['codec'],
  },
  { name: 'connection', says: 'chapter 6: one connection, its frames, its keep-alive', imports: ['codec'] },
  {
    name: 'client',
    says: 'one session over as many connections as it takes',
    imports: ['codec', 'session', 'connection'],
  },
  { name: 'aliyun', says: 'the sign-in of Alibaba Cloud IoT Platform', imports: [] },
  { name: 'explain', says: 'every byte of a packet, explained', imports: ['codec', 'client'] },
  {
    name: 'testing',
    says: 'a broker and a network in memory, for tests and lessons',
    imports: ['codec', 'connection', 'client'],
  },
  { name: '', says: '`connect` with the WebSocket of the platform', imports: ['client', 'connection'] },
  {
    name: 'cli',
    says: 'the command line, and the gate, a local stand-in of the platform',
    imports: ['', 'codec', 'connection', 'client', 'session', 'aliyun', 'explain', 'testing'],
  },
];

export interface Folder {
  /** Below `src`; '' is `src` itself. */
  readonly name: string;
  readonly says: string;
  readonly imports: readonly string[];
}

/** The files of `codec/` in the order of reading: each imports only from those before it. */
export const CODEC: readonly string[] = [
  'error.ts',
  'check.ts',
  'rule.ts',
  'text.ts',
  'write.ts',
  'read.ts',
  'topic.ts',
  'packets/packet.ts',
  'packets/connect.ts',
  'packets/connack.ts',
  'packets/publish.ts',
  'packets/acknowledgement.ts',
  'packets/subscribe.ts',
  'packets/suback.ts',
  'packets/unsubscribe.ts',
  'packets/empty.ts',
  'packets/index.ts',
  'fixed-header.ts',
  'encoder.ts',
  'decoder.ts',
  'codec.ts',
];

/** The fast version of `codec/text.ts`, which is not in the way of reading: it imports from `codec/`, and only `#text` names it. */
export const FAST: readonly string[] = ['fast/utf8.ts', 'fast/memory.ts', 'fast/text.ts'];
