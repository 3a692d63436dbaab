// Makes elements. Text from outside is only ever set as text, never as markup.

// h makes an HTML element: h("a.badge", { href: "#/" }, "text", child).
// A property that begins with "on" is a listener; null and false are left out.
export function h(what, props, ...children) {
  const [tag, ...classes] = what.split(".");
  return fill(document.createElement(tag), classes, props, children);
}

// s does the same for SVG.
export function s(what, props, ...children) {
  const [tag, ...classes] = what.split(".");
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), classes, props, children);
}

function fill(element, classes, props, children) {
  if (classes.length) element.classList.add(...classes);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.classList.add(...String(value).split(" ").filter(Boolean));
    else element.setAttribute(name, value === true ? "" : value);
  }
  return add(element, children);
}

function add(element, children) {
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

// refill puts children in the place of those that an element has; null and
// false are left out.
export function refill(element, ...children) {
  element.replaceChildren();
  return add(element, children);
}

// text sets an element's text only where it changes, so that a selection and
// the layout survive the updates of each second.
export function text(element, value) {
  const now = String(value);
  if (element.textContent !== now) element.textContent = now;
  return element;
}

// keep updates a list of elements by key: what stays is updated in place.
export function keep(parent, items, key, make, update) {
  const had = parent.kept ?? new Map();
  const has = new Map();
  let before = parent.firstElementChild;
  for (const item of items) {
    let id = key(item);
    while (has.has(id)) id += "'"; // of several that are called the same
    const element = had.get(id) ?? make(item);
    had.delete(id);
    has.set(id, element);
    update?.(element, item);
    if (element === before) before = before.nextElementSibling;
    else parent.insertBefore(element, before);
  }
  for (const gone of had.values()) gone.remove();
  parent.kept = has;
}
