// npm run bench [-- --quick] [-- --only=<part of a title>]
import { parseArgs } from 'node:util';
import * as codec from '../dist/codec.js';
import { bareCopy, mqttPacketContender, mqttPacketStream, ours, u8MqttPacket } from './contenders.mjs';
import { isCorrect, measure } from './measure.mjs';
import { workloads } from './workloads.mjs';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const effort = values.quick ? { rounds: 40, milliseconds: 1 } : { rounds: 301, milliseconds: 1 };

const us = ours(codec);
const can = (contender, { way, packets, chunks }) => {
  if (contender === u8MqttPacket && (chunks?.length > 1000 || values.only)) return false;
  if (way === 'decode') return contender === bareCopy ? chunks.length > 1000 : contender.decoder;
  return contender === bareCopy ? packets.every(({ type }) => type === 3) : true;
};
const results = workloads
  .filter(({ way, title }) => `${way} ${title}`.includes(values.only))
  .map((workload) => {
    const contenders = [us, mqttPacketContender, mqttPacketStream, u8MqttPacket, bareCopy].filter((contender) =>
      can(contender, workload),
    );
    const fit = contenders.filter((c) => c === bareCopy || c.stream || isCorrect(c, workload, us));
    const measured = measure(fit, workload, effort);
    const find = (c) => measured.find(({ name }) => name === c.name);
    const r = find(mqttPacketContender).median / find(us).median;
    console.log(
      `${workload.way} ${workload.title}`.padEnd(58),
      r.toFixed(1).padStart(6),
      `${workload.required} (${workload.aim})`.padStart(10),
      measured
        .map(
          (m) =>
            `${m.name
              .split(' ')
              .map((s) => s[0])
              .join(
                '',
              )} ${m.median.toFixed(0)} ±${((100 * (m.high - m.low)) / m.median / 2).toFixed(0)}% ${m.allocated}B`,
        )
        .join(' | '),
    );
    return { ...workload, measured };
  });
