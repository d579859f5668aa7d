import { cuts } from './cuts.ts';

cuts('aedes');
