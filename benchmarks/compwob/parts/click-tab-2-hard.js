import { make } from "./shared/dom.js";
import { askForLink, isLink, linkedWords, spaced } from "./shared/links.js";

export function build(part) {
  let tabs = [];
  while (!tabs.some((words) => words.some(isLink))) {
    tabs = Array.from({ length: core.randi(2, 7) }, linkedWords);
  }
  const prefix = part.id("tabs");
  const list = make("ul");
  part.into.append(list);
  tabs.forEach((words, index) => {
    const id = `${prefix}-${index + 1}`;
    list.append(make("li", {}, make("a", { href: `#${id}` }, `${index + 1}`)));
    part.into.append(make("div", { id }, make("p", {}, ...spaced(words))));
  });
  part.into.dataset.tabs = "";
  $(part.into).tabs();
  return { values: { word: askForLink(part, tabs.flat().filter(isLink)) } };
}

export function phrase({ word }) {
  return {
    imperative: `switch between the tabs to find and click on the link "${word}"`,
    gerund: `switching between the tabs to find and clicking on the link "${word}"`,
  };
}
