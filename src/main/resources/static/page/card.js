// One photograph and what the network says of it.

import {Problem, query} from './api.js';
import {draw, drawScale, range} from './map.js';
import {showProblem} from './text.js';

const template = document.getElementById('card-template');
const predictionTemplate = document.getElementById('prediction-template');

let cards = 0; // makes names of radio buttons

export class Card {
  #photograph;
  #page;
  #url;
  #mapUrl = null;
  #canShow = true;
  #maps = new Map(); // by class, as promised
  #shown = null; // the class whose map is wanted

  /**
   * @param photograph {file, made}
   * @param page {send, copy, announce}
   */
  constructor(photograph, page) {
    const {file, made} = photograph;
    this.#photograph = photograph;
    this.#page = page;
    this.#url = URL.createObjectURL(file);
    this.element = template.content.cloneNode(true).querySelector('.card');
    this.#find('h3').textContent = file.name;
    const image = this.#find('.photo img');
    image.alt = file.name;
    image.addEventListener('load', () => this.#fit(image));
    image.addEventListener('error', () => this.#cannotShow(), {once: true});
    image.src = this.#url;
    if (made) this.#find('.facts').append(this.#saveLink());
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }

  /** Shows its photograph and best class alone, until the user wants to see more. */
  becomeTile() {
    const toggle = this.#find('.toggle');
    toggle.hidden = false;
    toggle.textContent = this.#photograph.file.name;
    toggle.addEventListener('click', () => this.#open(!this.element.classList.contains('open')));
    this.#find('.photo').addEventListener('click', () => this.#open(true));
  }

  #open(isOpen) {
    this.element.classList.toggle('open', isOpen);
    this.#find('.toggle').setAttribute('aria-expanded', String(isOpen));
  }

  #summarise(text) {
    const best = document.createElement('strong');
    best.textContent = text;
    this.#find('.toggle').replaceChildren(best, ' ', this.#photograph.file.name);
  }

  /** The frame has the image's shape, so that a map's place is a part of the frame. */
  #fit({naturalWidth: width, naturalHeight: height}) {
    const {style} = this.#find('.photo');
    style.aspectRatio = `${width} / ${height}`;
    style.inlineSize = `${20 * width / height}rem`; // 20rem high, or as wide as there is room
    style.imageRendering = width < 128 ? 'pixelated' : 'auto'; // what the network sees, not a blur
  }

  #saveLink() {
    const link = document.createElement('a');
    link.href = this.#url;
    link.download = this.#photograph.file.name;
    link.textContent = 'Save it';
    return link;
  }

  /** TIFF in most browsers; and what is no image. */
  #cannotShow() {
    this.#canShow = false;
    const instead = document.createElement('p');
    instead.className = 'small instead';
    instead.textContent = 'Your browser cannot show this file.';
    this.#find('.photo img').hidden = true;
    this.#find('.photo').append(instead);
  }

  /** Shows one result of an answer. */
  show({predictions, image, error}, model) {
    if (error) {
      this.fail(error);
      return;
    }
    this.#find('.facts').prepend(`${image.format}, ${image.width} × ${image.height}`, ' ');
    this.#summarise(predictions.length === 0
        ? 'No class'
        : `${predictions[0].label} ${(100 * predictions[0].probability).toFixed(1)} %`);
    const group = `class-${++cards}`;
    const fieldset = this.#find('fieldset');
    fieldset.append(...predictions.map(prediction => {
      const row = predictionTemplate.content.cloneNode(true).querySelector('.prediction');
      const radio = row.querySelector('input');
      radio.name = group;
      radio.value = prediction.index;
      radio.disabled = Boolean(model.heads); // maps are of the model's own classes
      radio.addEventListener('change', () => this.#explain(prediction, model, image));
      row.querySelector('.name').textContent = prediction.label;
      row.querySelector('.name').title = prediction.wnid ?? `class ${prediction.index}`;
      row.querySelector('.share').textContent = `${(100 * prediction.probability).toFixed(1)} %`;
      row.querySelector('.bar span').style.inlineSize = `${100 * prediction.probability}%`;
      return row;
    }));
    fieldset.hidden = false;
    const opacity = this.#find('.opacity input');
    const canvas = this.#find('.photo canvas');
    const setOpacity = () => {
      canvas.style.opacity = opacity.value / 100;
      opacity.setAttribute('aria-valuetext', `${opacity.value} %`);
    };
    opacity.addEventListener('input', setOpacity);
    setOpacity();
    this.#find('.hide').addEventListener('click', () => this.#hideMap());
    this.#find('.map .curl').addEventListener('click', () => this.#page.copy(
        this.#find('.map .command'), this.#explainPath(this.#shown, model), [this.#photograph],
        ['-H', 'Accept: image/png', '-o', 'map.png']));
  }

  /** Shows why there are no predictions; null where that is said for all together. */
  fail(problem) {
    this.element.classList.add('failed');
    this.#summarise(problem?.title ?? 'No answer');
    if (problem) showProblem(this.#find('.error'), problem);
  }

  #explainPath(index, model) {
    return query('explain', {class: index, model: model.name, version: model.version});
  }

  /** Each class's map is asked for once; the one that was picked last is shown. */
  async #explain(prediction, model, image) {
    const {index, label} = prediction;
    this.#shown = index;
    if (!this.#maps.has(index)) {
      const promised = this.#ask(this.#explainPath(index, model));
      promised.catch(() => this.#maps.delete(index)); // so that it can be tried again
      this.#maps.set(index, promised);
    }
    this.#find('.photo').setAttribute('aria-busy', 'true');
    try {
      const answer = await this.#maps.get(index);
      if (this.#shown !== index) return;
      this.#find('.error').hidden = true;
      this.#find('.map').hidden = false;
      if (this.#canShow) {
        this.#drawMap(answer, image);
      } else {
        this.#showImage(answer);
      }
      this.#find('.map .of').textContent = `What speaks for ${label}`;
      this.#page.announce(`The map shows what speaks for ${label}.`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.#shown !== index) return;
      this.#hideMap();
      showProblem(this.#find('.error'), error);
      this.#page.announce(error.message);
    } finally {
      if (this.#shown === index || this.#shown === null) {
        this.#find('.photo').removeAttribute('aria-busy');
      }
    }
  }

  /** The map as numbers, or as an image where the browser cannot show the photograph itself. */
  async #ask(path) {
    const body = new FormData();
    body.append('image', this.#photograph.file);
    const headers = {Accept: this.#canShow ? 'application/json' : 'image/png'};
    const response = await this.#page.send(path, {method: 'POST', body, headers});
    return this.#canShow ? response.json() : response.blob();
  }

  /** Over the part of the photograph that the network saw. */
  #drawMap({map, region}, image) {
    const canvas = this.#find('.photo canvas');
    canvas.width = 32 * map[0].length;
    canvas.height = 32 * map.length;
    draw(canvas, map);
    canvas.style.left = `${100 * region.left / image.width}%`;
    canvas.style.top = `${100 * region.top / image.height}%`;
    canvas.style.width = `${100 * region.width / image.width}%`;
    canvas.style.height = `${100 * region.height / image.height}%`;
    canvas.hidden = false;
    const {low, high} = range(map);
    const [least, most] = this.#find('.scale').querySelectorAll('span');
    least.textContent = low.toFixed(1);
    most.textContent = high.toFixed(1);
    const scale = this.#find('.scale canvas');
    scale.width = 256;
    drawScale(scale);
  }

  #showImage(blob) {
    this.#releaseMap();
    this.#mapUrl = URL.createObjectURL(blob);
    const image = this.#find('.photo img');
    image.src = this.#mapUrl;
    image.hidden = false;
    this.#find('.instead').hidden = true;
    this.#find('.opacity').hidden = true;
    this.#find('.scale').hidden = true;
  }

  #hideMap() {
    this.#shown = null;
    const picked = this.#find('fieldset :checked');
    if (picked) {
      picked.checked = false;
      if (this.#find('.map').contains(document.activeElement)) picked.focus();
    }
    this.#find('.photo canvas').hidden = true;
    this.#find('.map').hidden = true;
    if (!this.#canShow) {
      this.#find('.photo img').hidden = true;
      this.#find('.instead').hidden = false;
    }
  }

  #releaseMap() {
    if (this.#mapUrl) URL.revokeObjectURL(this.#mapUrl);
    this.#mapUrl = null;
  }

  /** Lets go of the photograph. */
  release() {
    URL.revokeObjectURL(this.#url);
    this.#releaseMap();
  }
}
