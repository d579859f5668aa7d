import { interop } from './suite.ts';

interop('aedes');
