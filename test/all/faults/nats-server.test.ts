import { cuts } from './cuts.ts';

cuts('nats-server');
