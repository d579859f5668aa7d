import { interop } from './suite.ts';

interop('rabbitmq');
