// What several parts say in the same words.

/** So many photographs. */
export function count(number) {
  return number === 1 ? '1 photograph' : `${number} photographs`;
}

/** Why a request failed, or a photograph in it, in its place. */
export function showProblem(element, problem) {
  const title = document.createElement('strong');
  title.textContent = problem.title;
  element.replaceChildren(title, ' ', problem.detail);
  element.hidden = false;
}

/** The nodes of a text that has what is to be typed between backticks. */
export function withCode(text) {
  return text.split('`').map((part, i) => {
    if (i % 2 === 0) return part;
    const code = document.createElement('code');
    code.textContent = part;
    return code;
  });
}
