// One request, from its photographs to what was answered.

import {Problem, query} from './api.js';
import {Card} from './card.js';
import {copy, curlCommand} from './curl.js';
import {csv, json, save} from './export.js';
import {count, showProblem} from './text.js';
import {showTiming} from './timing.js';

/** From so many photographs on they are tiles, whose details open. */
const TILES = 4;

const template = document.getElementById('run-template');

/** The address of something on this service, as other programs need it. */
const absolute = path => new URL(path, document.baseURI).href;

export class Run {
  #photographs;
  #page;
  #path;
  #crop;
  #cards;

  /**
   * @param photographs {file, made}s; made is whether the file is on no disk
   * @param model the parameters of the request, such as the model's name; none for the default
   * @param page {api, announce, failed, again, removed}
   */
  constructor(photographs, model, page) {
    this.#photographs = photographs;
    this.#page = page;
    this.#path = query('classify', model);
    this.#crop = model.crop;
    this.element = template.content.cloneNode(true).querySelector('.run');
    this.#cards = photographs.map(photograph => new Card(photograph, {
      send: page.api.send.bind(page.api),
      copy: (...command) => this.#copy(...command),
      announce: page.announce,
    }));
    this.element.querySelector('h2').textContent = 'Looking…';
    this.element.setAttribute('aria-busy', 'true');
    this.element.querySelector('.cards').append(...this.#cards.map(({element}) => element));
    if (photographs.length >= TILES) {
      this.element.querySelector('.cards').classList.add('tiles');
      this.#cards.forEach(card => card.becomeTile());
    }
    this.#on('.curl', () => this.#copy(
        this.element.querySelector('.command'), this.#path, photographs));
    this.#on('.again', () => page.again(photographs));
    this.#on('.remove', () => {
      this.#cards.forEach(card => card.release());
      page.removed(this);
    });
  }

  #on(selector, action) {
    this.element.querySelector(`:scope > header ${selector}`).addEventListener('click', action);
  }

  /** Asks the service and shows what it says; never fails. Tells {answered, failed, ms}. */
  async send() {
    let sum = {answered: 0, failed: this.#photographs.length, ms: 0};
    const body = new FormData();
    for (const {file} of this.#photographs) body.append('image', file);
    try {
      const response = await this.#page.api.send(this.#path, {method: 'POST', body});
      sum = this.#answered(await response.json());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#failed(error);
    }
    this.element.removeAttribute('aria-busy');
    return sum;
  }

  #offer(answer) {
    const names = this.#photographs.map(({file}) => file.name);
    for (const [selector, text, type] of [
      ['.json', () => json(answer), 'application/json'],
      ['.csv', () => csv(names, answer.results), 'text/csv'],
    ]) {
      this.element.querySelector(`:scope > header ${selector}`).hidden = false;
      this.#on(selector, () => {
        save(text(), `answers${selector}`, type);
        this.#page.announce(`The answers are in answers${selector}, among your downloads.`);
      });
    }
  }

  #answered(answer) {
    const {model, results, timing} = answer;
    this.#offer(answer);
    this.element.querySelector('h2').textContent =
        [
          model.name,
          ...(model.heads ?? []).map(({name}) => `head ${name}`),
          model.precision,
          ...(this.#crop ? [`${this.#crop} crops`] : []),
        ].join(', ');
    this.element.querySelector('h2').title =
        `version ${model.version}, ${model.preprocessing}, ${model.weights}`;
    results.forEach((result, i) => this.#cards[i].show(result, model));
    showTiming(this.element.querySelector('.timing'), timing, results.length);
    const failed = results.filter(({error}) => error).length;
    const label = results.length === 1 ? results[0].predictions?.[0]?.label : undefined;
    const best = label === undefined ? '' : ` It is most likely: ${label}.`;
    this.#page.announce(
        `${count(results.length - failed)} classified in ${timing.total_ms.toFixed(0)} ms`
        + (failed ? `, ${failed} failed.` : '.') + best);
    return {answered: results.length - failed, failed, ms: timing.total_ms};
  }

  #failed(problem) {
    this.element.querySelector('h2').textContent = 'No answer';
    if (this.#cards.length === 1) {
      this.#cards[0].fail(problem);
    } else {
      this.#cards.forEach(card => card.fail(null));
      showProblem(this.element.querySelector(':scope > .error'), problem);
    }
    this.#page.failed(problem, this.#photographs);
  }

  async #copy(area, path, photographs, extra = []) {
    const {api, announce} = this.#page;
    const command = curlCommand(
        absolute(path), photographs.map(({file}) => file.name), api.hasKey, extra);
    const copied = await copy(command, area);
    const made = photographs.filter(photograph => photograph.made);
    announce([
      copied ? 'The command is copied.' : 'Your browser does not let this page copy: copy it from the field.',
      made.length
          ? 'Save what you have pasted first, with the link beside it, and run it in that folder.'
          : 'Run it in the folder where the photographs are.',
      ...(api.hasKey ? ['It takes the key from the variable RESNET_KEY.'] : []),
    ].join(' '));
  }
}
