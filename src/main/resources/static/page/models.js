// Which models there are, and which one is to answer.

import {withCode} from './text.js';

const WAIT_MS = 2000; // between two looks at models that are on their way
const USUAL = 5; // classes, which the service shows unless it is told
const READABLE = 100; // classes of one photograph

/** How far a version is. */
export const state = ({state, progress}) => progress && progress.total > 0
    ? `${state}, ${Math.floor(100 * progress.bytes / progress.total)} %`
    : state;

/** Whether a model crops less than it resizes to, so that there are corners. */
function hasTenCrops(input) {
  const [, resize, crop] = /^resize(\d+)-\w+-crop(\d+)/.exec(input?.preprocessing ?? '') ?? [];
  return Number(resize) > Number(crop);
}

/** Keeps a choice of models up to date while any is on its way. */
export class Models {
  #select;
  #head; // a select; its first option is the model's own classifier
  #topK; // a select; the usual number has no value
  #tenCrops; // a checkbox
  #facts;
  #hint;
  #load;
  #changed;
  #answer = {models: []};
  #versions = []; // {model, version, several}, as the options are
  #timer;

  /**
   * @param load promises the answer of /models; never fails, null for none
   * @param changed is told that answer and the chosen model, or the version of it
   */
  constructor({select, head, topK, tenCrops, facts, hint, load, changed}) {
    this.#changed = changed;
    this.#select = select;
    this.#head = head;
    this.#topK = topK;
    this.#tenCrops = tenCrops;
    this.#facts = facts;
    this.#hint = hint;
    this.#load = load;
    select.disabled = true;
    select.addEventListener('change', () => {
      this.#showHeads();
      this.#showFacts();
      this.#tell();
    });
    head.addEventListener('change', () => this.#showCounts());
  }

  get known() {
    return this.#versions.length > 0;
  }

  /** The parameters that choose the model and what it is asked; none for the default. */
  get chosen() {
    const chosen = this.#versions[this.#select.selectedIndex];
    return chosen ? {
      ...this.#parameters(chosen),
      head: this.#head.value || undefined,
      top_k: this.#topK.value || undefined,
      crop: this.#tenCrops.checked && !this.#tenCrops.disabled ? 'ten' : undefined,
    } : {};
  }

  #parameters({model, version, several}) {
    return {model: model.name, version: several ? version.version : undefined};
  }

  async refresh() {
    clearTimeout(this.#timer);
    const answer = await this.#load();
    if (answer === null) return;
    this.#hint.replaceChildren(...withCode(answer.hint ?? ''));
    const chosen = this.#versions[this.#select.selectedIndex];
    const before = chosen && JSON.stringify(this.#parameters(chosen));
    this.#versions = answer.models.flatMap(model => model.versions.toReversed().map(
        version => ({model, version, several: model.versions.length > 1})));
    this.#select.replaceChildren(...this.#versions.map(({model, version, several}) => {
      const option = document.createElement('option');
      option.textContent = model.name + (several ? `, version ${version.version}` : '')
          + (version.state === 'ready' ? '' : ` (${state(version)})`);
      option.disabled = version.state !== 'ready';
      return option;
    }));
    this.#select.disabled = this.#versions.length === 0;
    this.#select.selectedIndex = this.#preferred(before);
    this.#showHeads();
    this.#showFacts();
    this.#answer = answer;
    this.#tell();
    if (this.#versions.some(({version}) => !['ready', 'failed'].includes(version.state))) {
      this.#timer = setTimeout(() => this.refresh(), WAIT_MS);
    }
  }

  #tell() {
    this.#changed(this.#answer, this.#versions[this.#select.selectedIndex]);
  }

  /** What was chosen, or the default's newest version that is ready, or the default at all. */
  #preferred(before) {
    const versions = this.#versions;
    const same = versions.findIndex(
        version => JSON.stringify(this.#parameters(version)) === before);
    if (same >= 0) return same;
    const ready = versions.findIndex(
        ({model, version}) => model.default && version.state === 'ready');
    return ready >= 0 ? ready : versions.findIndex(({model}) => model.default);
  }

  /** The heads that belong to the chosen version's weights; none are shown where there are none. */
  #showHeads() {
    const chosen = this.#versions[this.#select.selectedIndex];
    const before = this.#head.value;
    const heads = chosen
        ? chosen.model.heads.filter(({weights}) => weights === chosen.version.weights)
        : [];
    this.#head.replaceChildren(...['', ...heads.map(({name}) => name)].map(name => {
      const option = document.createElement('option');
      option.value = name;
      option.textContent = name || 'none: the model’s own classes';
      option.selected = name === before;
      return option;
    }));
    this.#head.hidden = heads.length === 0;
    this.#head.labels[0].hidden = this.#head.hidden;
    this.#showCounts();
  }

  /** How many classes an answer may show: some numbers, and all that there are. */
  #showCounts() {
    const chosen = this.#versions[this.#select.selectedIndex];
    const head = chosen?.model.heads.find(({name}) => name === this.#head.value);
    const classes = (head ? head.classes : chosen?.version.labels) ?? 0;
    const usual = Math.min(USUAL, classes);
    const before = this.#topK.value;
    const counts = [1, 3, usual, 10, 20, 50, READABLE, classes].filter(
        (count, i, all) => count <= Math.min(classes, READABLE) && all.indexOf(count) === i);
    this.#topK.replaceChildren(...counts.sort((a, b) => a - b).map(count => {
      const option = document.createElement('option');
      option.value = count === usual ? '' : count;
      option.textContent = count === classes ? `all ${count}` : count;
      option.selected = option.value === before;
      return option;
    }));
    if (this.#topK.value !== before) this.#topK.value = '';
    this.#topK.hidden = classes < 2;
    this.#topK.labels[0].hidden = this.#topK.hidden;
  }

  #showFacts() {
    const chosen = this.#versions[this.#select.selectedIndex];
    this.#tenCrops.disabled = !hasTenCrops(chosen?.version.input);
    this.#tenCrops.labels[0].hidden = this.#tenCrops.disabled;
    if (!chosen) {
      this.#facts.textContent = '';
      return;
    }
    const {labels, input, precision, device, reason} = chosen.version;
    this.#facts.textContent = reason ?? [
      labels && `${labels} classes`,
      input && `sees ${input.width} × ${input.height}`,
      precision && `${precision} on ${device}`,
    ].filter(Boolean).join(', ');
  }
}
