import { askForLink, isLink, linkedWords, spaced } from "./shared/links.js";

export function build(part) {
  let words = [];
  while (!words.some(isLink)) words = linkedWords();
  part.into.append(...spaced(words));
  return { values: { word: askForLink(part, words.filter(isLink)) } };
}

export function phrase({ word }) {
  return {
    imperative: `click on the link "${word}"`,
    gerund: `clicking on the link "${word}"`,
  };
}
