// Requests to the service this page came from.

/** Why there is no answer: title and detail of RFC 9457, which the service always sends. */
export class Problem extends Error {
  constructor({title, detail, status, request_id: requestId}) {
    super(detail ? `${title}: ${detail}` : title);
    this.title = title;
    this.detail = detail ?? '';
    this.status = status;
    this.requestId = requestId;
  }

  static async of(response) {
    const type = response.headers.get('Content-Type') ?? '';
    if (/^application\/(problem\+)?json\b/.test(type)) {
      return new Problem(await response.json());
    }
    return new Problem({ // a proxy's, most likely
      title: `${response.status} ${response.statusText}`.trim(),
      detail: 'Something between this page and the service has answered in its place.',
      status: response.status,
    });
  }
}

/** A path with the parameters that have a value. */
export function query(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/**
 * Sends requests, with a key once the service has asked for one. The key is in this object and
 * nowhere else.
 */
export class Api {
  #key = null;
  #adminKey = null; // where another one is needed to load models
  #askForKey;
  #asking = null;

  /**
   * @param askForKey promises a key, or null for none; is told the service's refusal, whether that
   *     refused a key, and whether it is about administration
   */
  constructor(askForKey) {
    this.#askForKey = askForKey;
  }

  get hasKey() {
    return this.#key !== null;
  }

  forgetKey() {
    this.#key = null;
    this.#adminKey = null;
  }

  /** The response to a request of an administrator; asks for a key until one is good enough. */
  async administer(path, init) {
    for (;;) {
      const key = this.#adminKey ?? this.#key;
      const response = await this.#fetch(path, init, key);
      if (response.ok) return response;
      const problem = await Problem.of(response);
      if (![401, 403].includes(response.status)) throw problem;
      const given = await this.#askForKey(problem, key !== null, true);
      if (given === null) throw problem;
      this.#adminKey = given;
    }
  }

  /** The response to a request, if it is a good one; throws a Problem. */
  async send(path, init = {}) {
    for (;;) {
      const key = this.#key;
      const response = await this.#fetch(path, init, key);
      if (response.ok) return response;
      const problem = await Problem.of(response);
      if (response.status !== 401) throw problem;
      if (key === this.#key) await this.#obtainKey(problem, key !== null); // else one has come meanwhile
    }
  }

  async #fetch(path, init, key) {
    const headers = {...init.headers};
    if (key !== null) headers.Authorization = `Bearer ${key}`;
    try {
      return await fetch(path, {...init, headers, cache: 'no-store'});
    } catch {
      throw new Problem({
        title: 'No answer',
        detail: 'The service cannot be reached, or the photograph cannot be read any more.',
      });
    }
  }

  /** However many requests want a key, it is asked for once. */
  async #obtainKey(problem, refused) {
    this.#asking ??= this.#askForKey(problem, refused, false).finally(() => { this.#asking = null; });
    const key = await this.#asking;
    if (key === null) throw problem;
    this.#key = key;
  }
}
