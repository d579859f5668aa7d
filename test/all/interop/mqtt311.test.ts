// Our client and our broker, as they come.
import { startOwn } from './own.ts';
import { exchangeAll } from './suite.ts';

exchangeAll({ name: 'mqtt311/testing', maxQos: 2, keepsQos0: false, faults: [] }, startOwn);
