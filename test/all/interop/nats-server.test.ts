import { interop } from './suite.ts';

interop('nats-server');
