// What a request was answered, as a file.

/** A field of a CSV (RFC 4180). A text that a spreadsheet would take for a formula begins with '. */
function field(value) {
  const raw = String(value ?? '');
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row for each class of each photograph, and one for each that failed. */
export function csv(names, results) {
  const rows = [['file', 'rank', 'index', 'wnid', 'label', 'probability', 'error']];
  results.forEach(({predictions, error}, i) => {
    if (error) {
      rows.push([names[i], '', '', '', '', '', error.detail]);
    } else {
      predictions.forEach(({index, wnid, label, probability}, rank) => {
        rows.push([names[i], rank + 1, index, wnid, label, probability, '']);
      });
    }
  });
  return rows.map(row => `${row.map(field).join(',')}\r\n`).join('');
}

/** The answer with the photographs' names, which a form's parts give it, as it came. */
export const json = answer => `${JSON.stringify(answer, null, 2)}\n`;

/** Has the browser save a text. */
export function save(text, name, type) {
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([text], {type}));
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser reads it in its own time
}
