'use strict';

const drop = document.getElementById('drop');
const input = document.getElementById('file');
const message = document.getElementById('message');
const results = document.getElementById('results');

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function row(prediction) {
  const made = element('div', 'row');
  const bar = element('progress');
  bar.max = 1;
  bar.value = prediction.probability;
  bar.setAttribute('aria-label', prediction.label);
  made.append(
      element('span', '', prediction.label), bar,
      element('span', '', (100 * prediction.probability).toFixed(1) + ' %'));
  return made;
}

function card(file, result) {
  const made = element('article', 'card');
  const picture = element('img');
  picture.alt = file.name;
  picture.src = URL.createObjectURL(file);
  picture.addEventListener('load', () => URL.revokeObjectURL(picture.src), {once: true});
  const text = element('div');
  text.append(element('h2', '', file.name));
  if (result.error) {
    text.append(element('p', 'error', result.error.title + ': ' + result.error.detail));
  } else {
    result.predictions.forEach(prediction => text.append(row(prediction)));
    const {format, width, height} = result.image;
    text.append(element('p', 'small', `${format}, ${width} × ${height}`));
  }
  made.append(picture, text);
  return made;
}

async function classify(files) {
  if (files.length === 0) return;
  message.className = '';
  message.textContent = 'Looking…';
  const form = new FormData();
  for (const file of files) form.append('image', file);
  try {
    const response = await fetch('classify', {method: 'POST', body: form});
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.title + ': ' + answer.detail);
    results.replaceChildren(...answer.results.map((result, i) => card(files[i], result)));
    const {model, timing} = answer;
    message.textContent =
        `${model.name} ${model.version}, ${model.precision}: ${timing.total_ms} ms `
        + `(decode ${timing.decode_ms}, queue ${timing.queue_ms}, network ${timing.inference_ms})`;
  } catch (error) {
    message.className = 'error';
    message.textContent = error.message;
  }
}

input.addEventListener('change', () => classify([...input.files]));
drop.addEventListener('dragover', event => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  classify([...event.dataTransfer.files]);
});

fetch('models')
    .then(response => response.json())
    .then(({hint}) => { document.getElementById('hint').textContent = hint || ''; })
    .catch(() => {}); // the page works without
