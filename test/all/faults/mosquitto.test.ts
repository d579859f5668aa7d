import { cuts } from './cuts.ts';

cuts('mosquitto');
