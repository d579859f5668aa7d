// A server that counts: no broker is in the way, only what MQTT makes it answer. Told by its parent what to send.
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

/** Bytes that are written at once. */
const BLOCK = 65_536;

const NOTHING = Buffer.alloc(0);
/** One byte 1 for each answer, by the type of what is answered. */
const ANSWER_TO = { 1: 0x20, 3: 0x40, 6: 0x70, 8: 0x90, 10: 0xb0, 12: 0xd0 };

class Connection {
  constructor(socket, stream) {
    this.socket = socket;
    this.stream = stream;
    this.head = NOTHING; // of a packet that began in an earlier frame
    this.skip = 0; // bytes of a payload that are not looked at
    this.answer = undefined; // to the packet whose payload is skipped
    this.out = Buffer.allocUnsafe(4096);
    this.used = 0;
    this.received = 0;
  }

  take(chunk) {
    if (this.head.length > 0) chunk = Buffer.concat([this.head, chunk]);
    this.head = NOTHING;
    let at = 0;
    while (at < chunk.length) {
      if (this.skip === 0) {
        const after = this.readHead(chunk, at);
        if (after === at) {
          this.head = chunk.subarray(at);
          return;
        }
        at = after;
      }
      const skipped = Math.min(this.skip, chunk.length - at);
      at += skipped;
      this.skip -= skipped;
      if (this.skip === 0) this.finish();
    }
  }

  // the offset behind all but the payload; `at` when that is not there yet
  readHead(bytes, at) {
    let body = at + 1;
    let remaining = 0;
    for (let shift = 0; ; shift += 7) {
      if (body >= bytes.length) return at;
      remaining |= (bytes[body] & 0x7f) << shift;
      if (bytes[body++] < 0x80) break;
    }
    const type = bytes[at] >> 4;
    const qos = type === 3 ? (bytes[at] >> 1) & 3 : 0;
    let end = body + remaining;
    if (type === 3) {
      if (body + 2 > bytes.length) return at;
      end = body + 2 + bytes.readUInt16BE(body) + (qos > 0 ? 2 : 0);
    }
    if (end > bytes.length) return at;
    this.skip = body + remaining - end;
    if (type === 1) this.begin(bytes.subarray(body, end));
    if (type === 3) this.received += 1;
    if (type === 14) this.socket.close();
    const first = qos === 2 ? 0x50 : ANSWER_TO[type];
    if (first !== undefined && (type !== 3 || qos > 0)) {
      const idAt = type === 3 ? end - 2 : body;
      this.answer = { first, idAt, bytes, filters: type === 8 ? filtersIn(bytes, body + 2, end) : 0 };
    }
    if (this.skip === 0) this.finish();
    return end;
  }

  begin(body) {
    const length = body.readUInt16BE(10); // behind 'MQTT', level, flags and keep alive
    connections.set(body.toString('latin1', 12, 12 + length), this);
  }

  finish() {
    if (this.answer === undefined) return;
    const { first, idAt, bytes, filters } = this.answer;
    this.answer = undefined;
    if (this.used === 0) process.nextTick(() => this.flush()); // one frame for all that came in one turn
    if (this.used + 4 + filters > this.out.length) this.out = Buffer.concat([this.out], 2 * this.out.length + filters);
    const isConnack = first === 0x20;
    this.out[this.used++] = first;
    this.out[this.used++] = first === 0xd0 ? 0 : 2 + filters;
    if (first === 0xd0) return;
    this.out[this.used++] = isConnack ? 0 : bytes[idAt];
    this.out[this.used++] = isConnack ? 0 : bytes[idAt + 1];
    this.used += this.out.fill(0, this.used, this.used + filters) && filters;
  }

  flush() {
    this.socket.send(Buffer.from(this.out.subarray(0, this.used)));
    this.used = 0;
  }

  /** Sends `count` messages to `topics` in turn, several in a frame, as fast as the socket takes them. */
  async send({ topics, count, perFrame, size }) {
    const blocks = blocksOf(topics, perFrame, size);
    let left = count;
    for (let i = 0; left > 0; i = (i + 1) % blocks.length) {
      const { bytes, ends } = blocks[i];
      const messages = Math.min(left, ends.length * perFrame);
      left -= messages; // `count` is a multiple of `perFrame`
      // past the WebSocket library: writing its frames one by one is what would be measured
      const isTaken = this.stream.write(bytes.subarray(0, ends[Math.ceil(messages / perFrame) - 1]));
      if (!isTaken) await once(this.stream, 'drain');
    }
  }
}

function filtersIn(bytes, at, end) {
  let count = 0;
  for (; at < end; count++) at += 3 + bytes.readUInt16BE(at);
  return count;
}

export function publishPacket(topic, size, qos = 0) {
  const body = Buffer.alloc(2 + Buffer.byteLength(topic) + (qos > 0 ? 2 : 0) + size, 7);
  body.writeUInt16BE(Buffer.byteLength(topic), 0);
  body.write(topic, 2);
  const header = [0x30 | (qos << 1)];
  for (let left = body.length; ; left >>= 7) {
    header.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from(header), body]);
}

/** Frames for all `topics`, or half a mebibyte of them: blocks that are written at once, and where their frames end. */
function blocksOf(topics, perFrame, size) {
  const packets = topics.map((topic) => publishPacket(topic, size));
  const blocks = [];
  let next = 0;
  do {
    const parts = [];
    const ends = [];
    let end = 0;
    do {
      const frame = frameOf(Buffer.concat(Array.from({ length: perFrame }, () => packets[next++ % packets.length])));
      parts.push(frame);
      end += frame.length;
      ends.push(end);
    } while (end < BLOCK);
    blocks.push({ bytes: Buffer.concat(parts), ends });
  } while (next < packets.length && blocks.length < 8);
  return blocks;
}

/** A binary frame of a server. */
function frameOf(payload) {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 0x1_0000 ? 4 : 10);
  header.set([0x82, length < 126 ? length : length < 0x1_0000 ? 126 : 127]);
  if (length >= 126 && length < 0x1_0000) header.writeUInt16BE(length, 2);
  if (length >= 0x1_0000) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

const connections = new Map();

if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  const server = new WebSocketServer({
    ...{ host: '127.0.0.1', port: Number(process.argv[2] ?? 0), backlog: 4096 },
    ...{ maxPayload: 0, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false) },
  });
  server.on('listening', () => process.send({ port: server.address().port }));
  server.on('connection', (socket, { socket: stream }) => {
    const connection = new Connection(socket, stream);
    socket.on('message', (data) => connection.take(data));
    socket.on('error', () => {});
  });
  process.on('message', ({ from, to, send }) => {
    if (send) return void connections.get(to).send(send);
    const its = [...connections].filter(([clientId]) => clientId.startsWith(from));
    process.send({ received: its.reduce((sum, [, { received }]) => sum + received, 0) });
  });
  process.on('disconnect', () => process.exit());
}
