import { cuts } from './cuts.ts';

cuts('ejabberd');
