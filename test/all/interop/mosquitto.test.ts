import { interop } from './suite.ts';

interop('mosquitto');
