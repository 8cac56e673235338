// Markdown as elements: what model cards are written in, and no HTML.

const INLINE = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\((https?:[^)\s]+)\)/g;

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function link(text, address) {
  const made = element('a', text);
  made.href = address;
  made.rel = 'noreferrer';
  return made;
}

/** The nodes of a text with bold words, code and links. */
function inline(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, bold, code, label, address] = found;
    nodes.push(text.slice(end, found.index));
    nodes.push(bold ? element('strong', bold) : code ? element('code', code) : link(label, address));
    end = found.index + all.length;
  }
  return [...nodes, text.slice(end)];
}

const cells = line => line.replace(/^\||\|$/g, '').split('|').map(cell => cell.trim());

/** A table; a first row that is empty is none, and the first column names the others then. */
function table([head, , ...rows]) {
  const names = cells(head);
  const body = element('tbody', ...rows.map(line => element('tr', ...cells(line).map((cell, i) => {
    const isName = i === 0 && names.every(name => name === '');
    const made = element(isName ? 'th' : 'td', ...inline(cell));
    if (isName) made.scope = 'row';
    return made;
  }))));
  const made = element('table', body);
  if (names.some(name => name !== '')) {
    made.prepend(element('thead', element('tr', ...names.map(name => {
      const cell = element('th', ...inline(name));
      cell.scope = 'col';
      return cell;
    }))));
  }
  return made;
}

function block(text) {
  const lines = text.split('\n');
  const heading = /^(#+) +(.+)$/.exec(lines[0]);
  if (heading && lines.length === 1) return element(heading[1].length === 1 ? 'h2' : 'h3', ...inline(heading[2]));
  if (lines.length > 1 && /^\|[\s:|-]+\|$/.test(lines[1])) return table(lines);
  if (lines.every(line => /^[-*] /.test(line))) {
    return element('ul', ...lines.map(line => element('li', ...inline(line.slice(2)))));
  }
  return element('p', ...inline(lines.join(' ')));
}

/** The elements of a text; images, which would be files beside it, are left out. */
export function markdown(text) {
  return text.replaceAll('\r\n', '\n').replace(/!\[[^\]]*\]\([^)]*\)/g, '')
      .split(/\n{2,}/).map(part => part.trim()).filter(part => part !== '').map(block);
}
