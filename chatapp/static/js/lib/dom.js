// Making and keeping elements. Text only ever goes in as text.

const SVG = 'http://www.w3.org/2000/svg';

/** el('p', {class: 'x', dataset: {key: 1}, onclick: fn}, 'text', node, …) */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'dataset') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) if (child || child === 0) node.append(child);
  return node;
}

/** One of the pictures of templates/_icons.html; with a label it speaks, without it is decoration. */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** The element of the page marked data-part="name". */
export function part(name, root = document) {
  const node = root.querySelector(`[data-part="${name}"]`);
  if (!node) throw new Error(`the page has no part "${name}"`);
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, or takes it away for null and false; touches nothing that already fits. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/**
 * Makes the children of `parent` the elements of `rows` in order. `nodes` maps
 * key -> element and lives as long as the list; elements that stay are not touched.
 */
export function reconcile(parent, rows, nodes, make, update) {
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, node] of nodes) {
    if (wanted.has(key)) continue;
    node.remove();
    nodes.delete(key);
  }
  let cursor = parent.firstElementChild;
  for (const row of rows) {
    let node = nodes.get(row.key);
    if (!node) nodes.set(row.key, (node = make(row)));
    update(node, row);
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
}

/** Calls `work` once in the next frame however often it is asked for; in a hidden tab, where no frame comes, soon. */
export function perFrame(work) {
  let waiting = false;
  const run = () => {
    if (!waiting) return;
    waiting = false;
    work();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    if (document.hidden) setTimeout(run, 100);
    else requestAnimationFrame(run);
  };
}

export const isPhone = matchMedia('(width <= 640px)');
export const hasKeyboard = matchMedia('(hover: hover) and (pointer: fine)');
