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

const COLOURS = { mqtt311: OURS, 'MQTT.js': PEER, Paho: '#8f9d3f', 'plain ws': '#9b8fb0' };
const colourOf = (name) => COLOURS[name];
const rounded = (value) => Number(value.toPrecision(3)).toLocaleString('en');

/** One group of bars a row, one bar a contender, on a logarithmic scale that begins at `least`. */
export function groupedBars(title, rows, least, unit) {
  const [left, width, line] = [230, 760, 13];
  const largest = Math.max(...rows.flatMap(({ values }) => Object.values(values))) * 1.2;
  const x = (value) =>
    left + ((width - left - 90) * Math.log(Math.max(value, least) / least)) / Math.log(largest / least);
  const parts = [text(left, 14, `${title} (logarithmic)`)];
  let y = 24;
  for (const { name, values } of rows) {
    parts.push(text(left - 8, y + 12, name, 'end'));
    for (const [contender, value] of Object.entries(values)) {
      const bar = `x="${left}" y="${y}" width="${Math.max(1, x(value) - left).toFixed(1)}" height="${line - 2}"`;
      parts.push(`<rect ${bar} fill="${colourOf(contender)}"/>`);
      parts.push(text((x(value) + 6).toFixed(1), y + 10, `${rounded(value)}${unit} ${contender}`));
      y += line;
    }
    y += 8;
  }
  return svg(title, width, y, parts);
}

/** Plots beside each other, all axes logarithmic. */
export function logPlots(title, plots) {
  const [width, gap, top, height] = [190, 70, 20, 200];
  const parts = plots.flatMap(({ label, points }, i) => {
    const left = 60 + i * (width + gap);
    const xs = points.map(({ x }) => Math.max(x, 1));
    const ys = points.flatMap(({ values }) => Object.values(values));
    const scale = (value, min, max) => Math.log(Math.max(value, 1) / min) / Math.log(max / min);
    const [minY, maxY] = [10 ** Math.floor(Math.log10(Math.min(...ys))), 10 ** Math.ceil(Math.log10(Math.max(...ys)))];
    const place = (x, y) => {
      const along = left + width * scale(x, xs[0], xs.at(-1));
      return `${along.toFixed(1)},${(top + height * (1 - scale(y, minY, maxY))).toFixed(1)}`;
    };
    const lines = Object.keys(points[0].values).map((name, k) => {
      const path = points.map(({ x, values }) => place(x, values[name])).join(' ');
      const legend = text(left + 8, top + 10 + k * 15, `${name} ––`).replace(INK, colourOf(name));
      return `<polyline points="${path}" fill="none" stroke="${colourOf(name)}" stroke-width="2"/>\n${legend}`;
    });
    return [
      `<path d="M${left},${top}V${top + height}H${left + width}" fill="none" stroke="${INK}"/>`,
      ...lines,
      text(left - 4, top + 4, `${(maxY / 1e3).toLocaleString('en')} µs`, 'end'),
      text(left - 4, top + height, `${(minY / 1e3).toLocaleString('en')} µs`, 'end'),
      text(left, top + height + 16, points[0].x.toLocaleString('en')),
      text(left + width, top + height + 16, `${points.at(-1).x.toLocaleString('en')} ${label}`, 'end'),
    ];
  });
  return svg(title, 60 + plots.length * (width + gap), 250, parts);
}

/** How many of `times`, in milliseconds, fall into each fifth of a second: one histogram below the other. */
export function histograms(title, series) {
  const [left, width, height, bin] = [60, 680, 110, 200];
  const bins = Math.ceil(Math.max(...series.flatMap(({ times }) => times)) / bin) + 1;
  const parts = series.flatMap(({ name, times }, i) => {
    const base = 30 + i * (height + 40) + height;
    const counts = Array.from({ length: bins }, (_, k) => times.filter((time) => Math.floor(time / bin) === k).length);
    const most = Math.max(...counts);
    const bars = counts.map((count, k) => {
      const [x, tall] = [left + (k * width) / bins, (count * height) / most];
      return `<rect x="${x.toFixed(1)}" y="${(base - tall).toFixed(1)}" width="${(width / bins - 1).toFixed(1)}" height="${tall.toFixed(1)}" fill="${colourOf(name)}"/>`;
    });
    return [
      ...bars,
      `<path d="M${left},${base - height}V${base}H${left + width}" fill="none" stroke="${INK}"/>`,
      text(left - 4, base - height + 8, String(most), 'end'),
      text(left, base + 16, `${name}: clients back within each ${bin} ms`),
      text(left + width, base + 16, `${((bins * bin) / 1000).toFixed(1)} s`, 'end'),
    ];
  });
  return svg(title, 760, 40 + series.length * (height + 40), parts);
}
