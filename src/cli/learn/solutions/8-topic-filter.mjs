export function matches(topicFilter, topic) {
  if (topic.startsWith('$') && /^[+#]/.test(topicFilter)) return false;
  const wanted = topicFilter.split('/');
  const levels = topic.split('/');
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '#') return true;
    if (i === levels.length) return false;
    if (wanted[i] !== '+' && wanted[i] !== levels[i]) return false;
  }
  return wanted.length === levels.length;
}
