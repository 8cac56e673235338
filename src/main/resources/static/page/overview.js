// What there is: the classes of the chosen model, and all models with their states.

import {query} from './api.js';
import {markdown} from './markdown.js';
import {state} from './models.js';

/** The path of something that a version's folder says of it. */
const factOf = ({model, version, several}, fact) => query(
    `models/${encodeURIComponent(model.name)}/${fact}`,
    {version: several ? version.version : undefined});

/**
 * Shows the card of a model in a dialog.
 *
 * @param view the dialog
 * @param chosen {model, version, several}
 * @param send promises the response of a path; throws a Problem
 */
export async function showCard(view, chosen, send) {
  const text = await (await send(factOf(chosen, 'card'))).text();
  view.querySelector('.text').replaceChildren(...markdown(text));
  view.showModal();
}

/**
 * Shows which classes the chosen model has, asked for when they are to be seen.
 *
 * @param view the details element
 * @param chosen {model, version, several}; undefined for none
 * @param load promises what a path answers; never fails, null for none
 */
export function showClasses(view, chosen, load) {
  view.hidden = !chosen?.version.labels;
  if (view.hidden) return;
  const path = factOf(chosen, 'classes');
  if (view.dataset.path === path) return;
  view.dataset.path = path;
  const list = view.querySelector('ul');
  const field = view.querySelector('input');
  list.replaceChildren();
  field.value = '';
  const fill = async () => {
    if (!view.open || list.childElementCount > 0) return;
    const answer = await load(path);
    if (view.dataset.path !== path || answer === null) return;
    list.replaceChildren(...answer.classes.map(({index, label, wnid}) => {
      const item = document.createElement('li');
      item.textContent = label;
      item.title = wnid ?? `class ${index}`;
      return item;
    }));
  };
  view.ontoggle = fill;
  field.oninput = () => {
    const wanted = field.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  };
  fill();
}

function cell(text) {
  const made = document.createElement('td');
  made.textContent = text;
  return made;
}

/**
 * Shows all models and what can be done with each.
 *
 * @param view the details element
 * @param models those of /models
 * @param administer is told a model's name and PUT to load it or DELETE to unload it
 */
export function showModels(view, models, administer) {
  view.hidden = models.length === 0;
  const focused = view.querySelector('button:focus')?.dataset.of;
  const rows = models.flatMap(model => model.versions.map(version => ({model, version})));
  view.querySelector('tbody').replaceChildren(...rows.map(({model, version}) => {
    const row = document.createElement('tr');
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = model.name + (model.default ? ' (default)' : '');
    const {labels, input, precision, device} = version;
    const shown = cell(state(version));
    shown.className = version.state;
    if (version.reason) shown.append(`: ${version.reason}`);
    const action = document.createElement('td');
    const isReady = version.state === 'ready';
    if (isReady || ['failed', 'unfetched'].includes(version.state)) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = isReady ? 'Unload' : 'Load';
      button.dataset.of = `${model.name} ${version.version ?? ''}`;
      button.setAttribute('aria-label', `${button.textContent} ${model.name}`);
      button.addEventListener('click', () => administer(model.name, isReady ? 'DELETE' : 'PUT'));
      action.append(button);
    }
    row.append(
        name, cell(version.version ?? ''), shown, cell(labels ?? ''),
        cell(input ? `${input.width} × ${input.height}` : ''),
        cell(precision ? `${precision} on ${device}` : ''), action);
    return row;
  }));
  if (focused) view.querySelector(`button[data-of="${CSS.escape(focused)}"]`)?.focus();
}
