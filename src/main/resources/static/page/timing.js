// Where a request's time went.

const STAGES = [
  {name: 'decode', of: timing => timing.decode_ms},
  {name: 'queue', of: timing => timing.queue_ms},
  {name: 'inference', of: timing => timing.inference_ms},
];

const milliseconds = value => `${value.toFixed(value < 9.95 ? 1 : 0)} ms`;

/**
 * Draws the stages as parts of one bar. One photograph's follow each other, and what is left of the
 * total is for reading the request and writing the answer. Several photographs' are the longest of
 * each, which may well be at the same time, so nothing is left over that means anything.
 *
 * @param view the element of the run's template
 * @param timing as the service tells it
 * @param count how many photographs
 */
export function showTiming(view, timing, count) {
  const parts = STAGES.map(({name, of}) => ({name, ms: of(timing)}));
  const sum = parts.reduce((total, {ms}) => total + ms, 0);
  if (count === 1) parts.push({name: 'other', ms: Math.max(timing.total_ms - sum, 0)});
  const whole = Math.max(sum, timing.total_ms);

  const split = view.querySelector('.split');
  split.replaceChildren(...parts.map(({name, ms}) => {
    const part = document.createElement('span');
    part.className = name;
    part.style.inlineSize = `${100 * ms / whole}%`;
    return part;
  }));
  view.querySelector('dl').replaceChildren(
      ...[...parts, {name: 'total', ms: timing.total_ms}].map(({name, ms}) => {
        const pair = document.createElement('div');
        pair.className = name;
        const term = document.createElement('dt');
        term.textContent = name;
        const value = document.createElement('dd');
        value.textContent = milliseconds(ms);
        pair.append(term, value);
        return pair;
      }));
  const note = view.querySelector('p');
  note.hidden = count === 1;
  note.textContent = `The longest of ${count} photographs each.`;
  view.hidden = false;
}
