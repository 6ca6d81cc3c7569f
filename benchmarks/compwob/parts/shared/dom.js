// An element with attributes and children (elements or text).
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function bold(text) {
  return `<span class="bold">${text}</span>`;
}

export function on(element, type, listener) {
  element.addEventListener(type, listener);
  return element;
}
