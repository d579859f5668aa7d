import { cuts } from './cuts.ts';

cuts('rabbitmq');
