import { matches } from 'mqtt311/topics';

const topics = [
  'home',
  'home/kitchen',
  'home/kitchen/lamp',
  'home/hall/lamp',
  'Home/hall/lamp',
  '/home',
  '$SYS/uptime',
];

for (const filter of ['home/kitchen/lamp', 'home/+/lamp', 'home/#', '+/+', '#'])
  console.log(filter, '→', topics.filter((topic) => matches(filter, topic)).join(', '));
