// Joins the page: photographs come in by four ways and go out as requests.

import {Api, Problem} from './api.js';
import {Models} from './models.js';
import {showCard, showClasses, showModels} from './overview.js';
import {Run} from './run.js';
import {count} from './text.js';

const byId = id => document.getElementById(id);

/** For a part's headers, in a form with its boundaries. */
const PART_BYTES = 1024;

const status = byId('status');
const runs = byId('runs');
const drop = byId('drop');

function announce(text) {
  status.textContent = text;
}

function sayWhy(text, isError) {
  byId('key-why').textContent = text;
  byId('key-why').classList.toggle('error', isError);
}

/** Shows the field for a key until one is given; null when the user gives up. */
function askForKey(problem, refused, isAdministration) {
  const form = byId('key');
  const field = byId('key-value');
  const before = document.activeElement;
  if (!isAdministration) {
    document.querySelectorAll('[data-needs-key]').forEach(link => { link.hidden = true; });
  }
  sayWhy(
      refused || isAdministration ? problem.detail : 'This server answers those who have a key.',
      refused);
  form.hidden = false;
  if (before !== document.body) field.focus(); // not while the page is opened
  const {promise, resolve} = Promise.withResolvers();
  const done = new AbortController();
  const end = key => {
    done.abort();
    form.hidden = true;
    field.value = '';
    if (form.contains(document.activeElement) || document.activeElement === document.body) {
      (before === document.body ? byId('files') : before).focus();
    }
    if (key !== null) byId('key-forget').hidden = false;
    else if (!isAdministration) byId('key-forget').hidden = true;
    resolve(key);
  };
  form.addEventListener('submit', event => {
    event.preventDefault();
    const key = field.value.trim();
    if (/^[\x21-\x7e]+$/.test(key)) {
      end(key);
    } else {
      sayWhy('A key has letters, digits and signs, and no spaces.', true);
      field.focus();
    }
  }, {signal: done.signal});
  byId('key-cancel').addEventListener('click', () => end(null), {signal: done.signal});
  return promise;
}

const api = new Api(askForKey);

async function load(path) {
  try {
    return await (await api.send(path)).json();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announce(error.message);
    return null;
  }
}

let shown; // the chosen version

const models = new Models({
  select: byId('model'),
  head: byId('head'),
  topK: byId('top-k'),
  tenCrops: byId('ten-crops'),
  facts: byId('model-facts'),
  hint: byId('hint'),
  load: () => load('models'),
  changed: (answer, chosen) => {
    shown = chosen;
    byId('about').hidden = !chosen;
    showClasses(byId('classes'), chosen, load);
    showModels(byId('models'), answer.models, administer);
  },
});

/** Loads or unloads a model, and shows from then on how far it is. */
async function administer(name, method) {
  try {
    await api.administer(`models/${encodeURIComponent(name)}`, {method});
    announce(method === 'PUT' ? `${name} is being loaded.` : `${name} is being unloaded.`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announce(error.message);
  }
  await models.refresh();
  if (method === 'DELETE') setTimeout(() => models.refresh(), 1000); // it is gone a moment later
}

const limits = load('page/limits.json').then(
    found => found ?? {max_images: 1, max_body_bytes: Infinity}); // so one by one

limits.then(({max_images: most, max_body_bytes: bytes, background}) => {
  if (background) document.documentElement.style.setProperty('--behind-images', background);
  byId('limits').append(
      `; ${most} a request and ${+(bytes / 2 ** 20).toFixed(1)} MB at most`);
});

/** As many as a request may have, in order. */
function groups(photographs, {max_images: most, max_body_bytes: most_bytes}) {
  const made = [];
  let bytes = 0;
  for (const photograph of photographs) {
    const size = photograph.file.size + PART_BYTES;
    if (made.length === 0 || made.at(-1).length === most || bytes + size > most_bytes) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1).push(photograph);
    bytes += size;
  }
  return made;
}

let sending = Promise.resolve(); // the last of all requests: one after the other

/** Shows photographs at once, above all others, and sends them when it is their turn. */
async function classify(photographs, note = '') {
  if (photographs.length === 0) {
    announce(note);
    return;
  }
  const model = models.chosen;
  const added = groups(photographs, await limits).map(group => new Run(group, model, page));
  runs.prepend(...added.map(({element}) => element));
  announce(`${note} Looking at ${count(photographs.length)}…`.trim());
  if (!byId('key').hidden) byId('key-value').focus(); // they wait for it
  const sums = [];
  for (const run of added) {
    sending = sending.then(() => run.send()).then(sum => { sums.push(sum); });
  }
  await sending;
  if (sums.length > 1) {
    const all = name => sums.reduce((total, sum) => total + sum[name], 0);
    announce(`${count(all('answered'))} classified in ${all('ms').toFixed(0)} ms`
        + (all('failed') ? `, ${all('failed')} failed.` : '.'));
  }
  if (!models.known && api.hasKey) models.refresh(); // no key was given when the page asked first
}

const page = {
  api,
  announce,
  failed(problem, photographs) {
    announce(`${count(photographs.length)} not classified: ${problem.title}.`);
    if ([404, 503].includes(problem.status)) models.refresh(); // what the page knows of them is old
  },
  again: photographs => classify(photographs),
  removed(run) {
    const next = run.element.nextElementSibling ?? run.element.previousElementSibling;
    run.element.remove();
    (next?.querySelector('.remove') ?? byId('files')).focus();
    announce('Removed.');
  },
};

const chosen = files => [...files].map(file => ({file, made: false}));

for (const input of [byId('files'), byId('camera')]) {
  input.addEventListener('change', () => {
    classify(chosen(input.files));
    input.value = ''; // so that the same file can be chosen again
  });
}

// Anywhere on the page, since the browser would leave it for a file that is dropped beside the field.
let inside = 0; // enter and leave come for every element on the way
const holdsFiles = event => event.dataTransfer.types.includes('Files');
addEventListener('dragenter', event => {
  if (holdsFiles(event)) drop.classList.toggle('over', ++inside > 0);
});
addEventListener('dragleave', event => {
  if (holdsFiles(event)) drop.classList.toggle('over', --inside > 0);
});
addEventListener('dragover', event => {
  if (holdsFiles(event)) event.preventDefault();
});
addEventListener('drop', event => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  inside = 0;
  drop.classList.remove('over');
  const items = [...event.dataTransfer.items].filter(({kind}) => kind === 'file');
  const files = items.filter(item => !item.webkitGetAsEntry()?.isDirectory)
      .map(item => item.getAsFile());
  classify(chosen(files), files.length < items.length ? 'Folders are not read.' : '');
});

// What is pasted has a name of no use, the same each time, and is on no disk.
let pasted = 0;
addEventListener('paste', event => {
  const files = [...event.clipboardData.files];
  if (files.length === 0) return;
  event.preventDefault();
  classify(files.map(file => ({
    file: new File([file], `pasted-${++pasted}.${file.type.split('/').at(-1)}`, {type: file.type}),
    made: true,
  })));
});

byId('examples').addEventListener('click', async event => {
  const name = event.target.closest('button')?.dataset.file;
  if (!name) return;
  const response = await fetch(`page/${name}`).catch(() => null);
  if (!response?.ok) {
    announce('No answer: the service cannot be reached.');
    return;
  }
  const file = new File([await response.blob()], name, {type: 'image/jpeg'});
  classify([{file, made: true}]);
});

byId('models').querySelector('form').addEventListener('submit', event => {
  event.preventDefault();
  administer(byId('load-name').value.trim(), 'PUT');
});

byId('about').addEventListener('click', async () => {
  try {
    await showCard(byId('card'), shown, api.send.bind(api));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announce(error.message);
  }
});

byId('card').querySelector('button').addEventListener('click', () => byId('card').close());

byId('key-forget').addEventListener('click', () => {
  api.forgetKey();
  byId('key-forget').hidden = true;
  byId('files').focus();
  announce('The key is forgotten.');
});

models.refresh();
