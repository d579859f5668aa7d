// Tables of Markdown.

/** The first column is text, the others are numbers. */
export const table = (head, lines) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Half the distance between the quartiles, of the median. */
export const spread = ({ low, median, high }) => `±${Math.round((50 * (high - low)) / median)} %`;

export const kibibytes = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
