// Charts without a library, in colours that hold on light and dark pages.
const INK = '#7a7f87';
const OURS = '#2f7ed8';
const PEER = '#c9703a';

const quoted = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x, y, content, anchor = 'start') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${INK}">${quoted(content)}</text>`;
const svg = (title, width, height, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title>
${parts.join('\n')}
</svg>
`;

/** How many times as fast as mqtt-packet: one bar a row, on a logarithmic scale. */
export function barChart(rows) {
  const [left, width, line] = [330, 760, 20];
  const largest = Math.max(...rows.map(({ ratio }) => ratio)) * 1.2;
  const x = (ratio) => left + ((width - left - 60) * Math.log(Math.max(ratio, 1))) / Math.log(largest);
  const parts = [text(left, 14, 'times as fast as mqtt-packet (logarithmic)')];
  rows.forEach(({ name, ratio }, i) => {
    const y = 24 + i * line;
    parts.push(text(left - 8, y + 12, name, 'end'));
    parts.push(
      `<rect x="${left}" y="${y}" width="${Math.max(1, x(ratio) - left).toFixed(1)}" height="${line - 5}" fill="${OURS}"/>`,
    );
    parts.push(text((x(ratio) + 6).toFixed(1), y + 12, `${ratio.toFixed(1)} ×`));
  });
  return svg('How many times as fast as mqtt-packet', width, 34 + rows.length * line, parts);
}

/** Two plots beside each other, both axes linear: a straight line is linear time. */
export function lineChart(byPayload, byPackets) {
  const payload = plot(50, byPayload, 'payload, KiB', 1024, [
    ['encode', OURS, ''],
    ['encode, mqtt-packet', PEER, ''],
    ['decode', OURS, '4 3'],
    ['decode, mqtt-packet', PEER, '4 3'],
  ]);
  const packets = plot(430, byPackets, 'packets a chunk', 1, [
    ['decode', OURS, '4 3'],
    ['decode, mqtt-packet', PEER, '4 3'],
  ]);
  return svg('Time against payload size and against packets a chunk', 760, 300, [...payload, ...packets]);
}

function plot(left, points, label, unit, series) {
  const [width, top, height] = [280, 20, 230];
  const maxX = Math.max(...points.map(({ x }) => x));
  const maxY = Math.max(...points.flatMap(({ values }) => values));
  const place = (x, y) =>
    `${(left + (width * x) / maxX).toFixed(1)},${(top + height - (height * y) / maxY).toFixed(1)}`;
  const axis = `<path d="M${left},${top}V${top + height}H${left + width}" fill="none" stroke="${INK}"/>`;
  const lines = series.map(([name, colour, dash], i) => {
    const path = points.map(({ x, values }) => place(x, values[i])).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>
${text(left + 8, top + 10 + i * 15, name + (dash ? ' - -' : ' ––')).replace(INK, colour)}`;
  });
  return [
    axis,
    ...lines,
    text(left + width, top + height + 16, `${(maxX / unit).toLocaleString('en')} ${label}`, 'end'),
    text(left - 4, top + 4, `${(maxY / 1e6).toFixed(1)} ms`, 'end'),
  ];
}
