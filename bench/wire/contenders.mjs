// The clients that are measured, each in the fastest way it offers. Only the process that runs a client imports it.
// Classes, because each of ten thousand clients has such an object beside it.
import { once } from 'node:events';

class Ours {
  constructor(client) {
    this.client = client;
  }

  publish(topic, payload, qos, done) {
    this.client.publish(topic, payload, { qos }).then(() => done(), done);
  }

  subscribe(topicFilter, each) {
    return this.client.subscribe(topicFilter, {}, each);
  }

  iterate(topicFilter) {
    return this.client.subscribe(topicFilter);
  }

  onState(listener) {
    this.client.on('state', (state) => listener(state === 'online'));
  }
}

const ours = async () => {
  const { connect } = await import('../../dist/index.node.js');
  return async (url, { clientId, keepAlive = 60, reconnect = false }, failed) => {
    const client = await connect(url, { clientId, keepAlive, reconnect });
    client.on('error', failed);
    return new Ours(client);
  };
};

class MqttJs {
  constructor(client) {
    this.client = client;
    this.handlers = undefined; // by topic
  }

  publish(topic, payload, qos, done) {
    this.client.publish(topic, payload, { qos }, done);
  }

  async subscribe(topicFilter, each) {
    if (this.handlers === undefined) {
      this.handlers = new Map();
      this.client.on('message', (topic, payload) => this.handlers.get(topic)?.({ topic, payload }));
    }
    this.handlers.set(topicFilter, each);
    await this.client.subscribeAsync(topicFilter);
  }

  onState(listener) {
    this.client.on('connect', () => listener(true));
    this.client.on('close', () => listener(false));
  }
}

const mqttJs = async () => {
  const { default: mqtt } = await import('mqtt');
  return async (url, { clientId, keepAlive = 60, reconnect = false }, failed) => {
    const reconnectPeriod = reconnect === false ? 0 : 1_000;
    const client = await mqtt.connectAsync(url, { clientId, keepalive: keepAlive, reconnectPeriod });
    client.on('error', failed);
    return new MqttJs(client);
  };
};

class Paho {
  constructor(client, Message) {
    this.client = client;
    this.Message = Message;
    this.waiting = undefined; // callbacks, by message
    this.handlers = undefined; // by topic
  }

  publish(topic, payload, qos, done) {
    const message = new this.Message(payload);
    message.destinationName = topic;
    message.qos = qos;
    if (qos === 0)
      queueMicrotask(done); // it tells of delivery before it has sent
    else this.await(message, done);
    this.client.send(message);
  }

  await(message, done) {
    if (this.waiting === undefined) {
      this.waiting = new Map();
      this.client.onMessageDelivered = (delivered) => {
        this.waiting.get(delivered)?.();
        this.waiting.delete(delivered);
      };
    }
    this.waiting.set(message, done);
  }

  subscribe(topicFilter, each) {
    this.handlers ??= new Map();
    this.handlers.set(topicFilter, each);
    this.client.onMessageArrived = (message) => {
      const { destinationName: topic, payloadBytes: payload } = message;
      this.handlers.get(topic)?.({ topic, payload });
    };
    return settled((options) => this.client.subscribe(topicFilter, options));
  }
}

const settled = (call, options) =>
  new Promise((resolve, reject) =>
    call({
      ...options,
      onSuccess: resolve,
      onFailure: ({ errorMessage }) => reject(new Error(errorMessage)),
    }),
  );

const paho = async () => {
  const { default: WebSocket } = await import('ws');
  globalThis.WebSocket = WebSocket; // it was written for browsers
  const { default: library } = await import('paho-mqtt');
  return async (url, { clientId, keepAlive = 60, reconnect = false }) => {
    const client = new library.Client(url, clientId);
    await settled((options) => client.connect(options), {
      keepAliveInterval: keepAlive,
      reconnect: reconnect !== false,
    });
    return new Paho(client, library.Message);
  };
};

/** No MQTT client: ready-made frames out, bytes in. What no client over `ws` can beat. */
class Plain {
  constructor(socket, publishPacket) {
    this.socket = socket;
    this.publishPacket = publishPacket;
  }

  /** Sends `count` packets, several in each frame, and resolves when the server has answered the packet after them. */
  send(topic, size, count, perFrame) {
    const { socket, publishPacket } = this;
    const frame = Buffer.concat(Array.from({ length: perFrame }, () => publishPacket(topic, size)));
    const barrier = publishPacket(topic, size, 1);
    return new Promise((resolve) => {
      socket.once('message', resolve);
      let left = Math.ceil(count / perFrame);
      const more = () => {
        while (left > 0) {
          left -= 1;
          if (socket.bufferedAmount + frame.length > 65_536) return socket.send(frame, more);
          socket.send(frame);
        }
        socket.send(barrier);
      };
      more();
    });
  }

  /** Counts messages of one size, by their bytes. */
  receive(topic, size, count) {
    const { socket, publishPacket } = this;
    return new Promise((resolve) => {
      let left = count * publishPacket(topic, size).length;
      const answered = ({ length }) => {
        left -= length;
        if (left > 0) return;
        socket.off('message', answered);
        resolve();
      };
      socket.on('message', answered);
    });
  }
}

const plain = async () => {
  const { default: WebSocket } = await import('ws');
  const { publishPacket } = await import('./server.mjs');
  return async (url, { clientId = '' }, failed) => {
    const socket = new WebSocket(url, ['mqtt']);
    const connect = Buffer.alloc(14 + clientId.length);
    connect.set([0x10, 12 + clientId.length, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, clientId.length]);
    connect.write(clientId, 14);
    socket.on('error', failed);
    await once(socket, 'open');
    socket.send(connect);
    await once(socket, 'message');
    return new Plain(socket, publishPacket);
  };
};

/** Name to loader: what it resolves to connects, and calls `failed` with later errors. */
export const contenders = { mqtt311: ours, 'MQTT.js': mqttJs, Paho: paho, 'plain ws': plain };
