import { interop } from './suite.ts';

interop('ejabberd');
