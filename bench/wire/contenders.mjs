// Who is measured, each in the fastest way it offers. Each is imported by the process that runs it, and by no other.

const ours = async () => {
  const { connect } = await import('../../dist/index.node.js');
  return async (url, { clientId, keepAlive = 60, reconnect = false, ...options }) => {
    const client = await connect(url, { clientId, keepAlive, reconnect, ...options });
    return {
      publish: (topic, payload, qos, done) => void client.publish(topic, payload, { qos }).then(() => done(), done),
      subscribe: (topicFilter, each) => client.subscribe(topicFilter, {}, each),
      iterate: (topicFilter) => client.subscribe(topicFilter),
      onState: (listener) => client.on('state', (state) => listener(state === 'online')),
      onError: (listener) => client.on('error', listener),
      close: () => client.close(),
    };
  };
};

const mqttJs = async () => {
  const { default: mqtt } = await import('mqtt');
  return async (url, { clientId, keepAlive = 60, reconnect = false }) => {
    const reconnectPeriod = reconnect === false ? 0 : 1_000;
    const client = await mqtt.connectAsync(url, { clientId, keepalive: keepAlive, reconnectPeriod });
    const handlers = new Map();
    client.on('message', (topic, payload) => handlers.get(topic)?.({ topic, payload }));
    return {
      publish: (topic, payload, qos, done) => client.publish(topic, payload, { qos }, done),
      async subscribe(topicFilter, each) {
        handlers.set(topicFilter, each);
        await client.subscribeAsync(topicFilter);
      },
      onState: (listener) => {
        client.on('connect', () => listener(true));
        client.on('close', () => listener(false));
      },
      onError: (listener) => client.on('error', listener),
      close: () => client.endAsync(),
    };
  };
};

const paho = async () => {
  const { default: WebSocket } = await import('ws');
  globalThis.WebSocket = WebSocket; // it was written for browsers
  const { default: Paho } = await import('paho-mqtt');
  return async (url, { clientId, keepAlive = 60, reconnect = false }) => {
    const client = new Paho.Client(url, clientId);
    const handlers = new Map();
    const waiting = new Map();
    client.onMessageArrived = (message) => {
      const { destinationName: topic, payloadBytes: payload } = message;
      handlers.get(topic)?.({ topic, payload });
    };
    client.onMessageDelivered = (message) => {
      waiting.get(message)?.();
      waiting.delete(message);
    };
    const settled = (options, call) =>
      new Promise((resolve, reject) =>
        call({
          ...options,
          onSuccess: resolve,
          onFailure: ({ errorMessage }) => reject(new Error(errorMessage)),
        }),
      );
    const options = { keepAliveInterval: keepAlive, reconnect: reconnect !== false };
    await settled(options, (all) => client.connect(all));
    return {
      publish(topic, payload, qos, done) {
        const message = new Paho.Message(payload);
        message.destinationName = topic;
        message.qos = qos;
        if (qos === 0)
          queueMicrotask(done); // it tells of delivery before it has sent
        else waiting.set(message, done);
        client.send(message);
      },
      subscribe(topicFilter, each) {
        handlers.set(topicFilter, each);
        return settled({}, (all) => client.subscribe(topicFilter, all));
      },
      close: () => client.disconnect(),
    };
  };
};

/** No MQTT client: ready-made frames out, bytes in. What no client over `ws` can beat. */
const plain = async () => {
  const { default: WebSocket } = await import('ws');
  const { publishPacket } = await import('./server.mjs');
  return async (url, { clientId = '' }) => {
    const socket = new WebSocket(url, ['mqtt']);
    const connect = Buffer.alloc(14 + clientId.length);
    connect.set([0x10, 12 + clientId.length, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, clientId.length]);
    connect.write(clientId, 14);
    await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send(connect));
      socket.once('message', resolve);
    });
    let answered = () => {};
    socket.on('message', (data) => answered(data));
    return {
      /** `count` packets, so many in each frame; resolves when the server has answered what came behind them. */
      send(topic, size, count, perFrame) {
        const frame = Buffer.concat(Array.from({ length: perFrame }, () => publishPacket(topic, size)));
        const barrier = publishPacket(topic, size, 1);
        return new Promise((resolve) => {
          answered = resolve;
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
      },
      /** Counts messages of one size, by their bytes. */
      receive: (topic, size, count) =>
        new Promise((resolve) => {
          let left = count * publishPacket(topic, size).length;
          answered = ({ length }) => {
            left -= length;
            if (left <= 0) resolve();
          };
        }),
      close: () => socket.close(),
    };
  };
};

/** Name to loader: what it resolves to connects. */
export const contenders = { mqtt311: ours, 'MQTT.js': mqttJs, Paho: paho, 'plain ws': plain };
