// A fresh process: how long until the first packet is out and in, and how much heap stays. Prints JSON.
const [, , name] = process.argv;
const topic = (i) => `/sys/a1B2c3D4e5F/device-${i}/thing/service`;
const payload = Buffer.alloc(64, 7);

const load = {
  mqtt311: async () => {
    const { Decoder, encode, publish } = await import('../../dist/codec/codec.js');
    return {
      encode: (i) => encode(publish({ topic: topic(i), payload })),
      decode(bytes) {
        const decoder = new Decoder();
        decoder.push(bytes);
        return decoder.read().topic;
      },
    };
  },
  'mqtt-packet': async () => {
    const { default: mqtt } = await import('mqtt-packet');
    return {
      encode: (i) => mqtt.generate({ cmd: 'publish', topic: topic(i), payload, qos: 0, retain: false, dup: false }),
      decode(bytes) {
        const parser = mqtt.parser();
        let packet;
        parser.on('packet', (received) => {
          packet = received;
        });
        parser.parse(bytes);
        return packet.topic;
      },
    };
  },
  'u8-mqtt-packet': async () => {
    const { mqtt_pkt_ctx } = await import('u8-mqtt-packet');
    const { default: v4 } = await import('u8-mqtt-packet/esm/codec_v4_full.js');
    const context = mqtt_pkt_ctx(4, v4, {});
    return {
      encode: (i) => context.encode_pkt('publish', { topic: topic(i), payload, qos: 0 }),
      decode: (bytes) => context.mqtt_stream().decode(bytes)[0].topic,
    };
  },
};

const heap = () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const t0 = performance.now();
const contender = await load[name]();
const t1 = performance.now();
const heapBefore = heap();
const t2 = performance.now();
const bytes = contender.encode(0);
const t3 = performance.now();
if (contender.decode(bytes) !== topic(0)) throw new Error('decoded something else');
const t4 = performance.now();
const heapAfterFirst = heap() - heapBefore;
const result = { imported: t1 - t0, encoded: t3 - t2, decoded: t4 - t3, heapAfterFirst };

if (process.execArgv.includes('--jitless')) {
  const repeat = (topicOf) => {
    for (let i = 0; i < 20_000; i++) contender.decode(contender.encode(topicOf(i)));
    return heap();
  };
  const before = repeat(() => 0);
  result.heapHeld = repeat((i) => i) - before;
}
console.log(JSON.stringify(result));
