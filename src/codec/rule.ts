// 1.5.3 and 4.7: the characters that a text must not contain, or must not contain at that place.
import { refuse } from './error.ts';

/** Throws ProtocolError when the characters of a text break a rule. Whether it can be UTF-8 is checked elsewhere. */
export type TextRule = (text: string, field: string) => void;

/** Any UTF-8 encoded string. */
export const stringRule: TextRule = (text, field) => {
  if (text.indexOf('\0') >= 0) refuse('MQTT-1.5.3-2', field, 'have U+0000');
};

/** Topic Names and Topic Filters. */
const levelsRule: TextRule = (text, field) => {
  stringRule(text, field);
  if (text === '') refuse('MQTT-4.7.3-1', field, 'be empty');
};

export const topicRule: TextRule = (text, field) => {
  levelsRule(text, field);
  if (/[#+]/.test(text)) refuse('MQTT-3.3.2-2', field, `have a wildcard: ${text}`);
};

export const topicFilterRule: TextRule = (text, field) => {
  levelsRule(text, field);
  if (/[^/]#|#[^#]/.test(text)) refuse('MQTT-4.7.1-2', field, `have a misplaced #: ${text}`);
  if (/[^/]\+|\+[^/]/.test(text)) refuse('MQTT-4.7.1-3', field, `have a misplaced +: ${text}`);
};
