// Running text in which some words are links.
import { make, on } from "./dom.js";

// Twenty words, each a link with probability 0.2: an array of text and links.
export function linkedWords() {
  return ui_utils
    .generateWords(20)
    .split(/\s/g)
    .map((word) => (Math.random() < 0.2 ? make("span", { class: "alink" }, word) : word));
}

export function isLink(word) {
  return typeof word !== "string";
}

export function spaced(words) {
  return words.flatMap((word, index) => (index ? [" ", word] : [word]));
}

// Choose the link to click; all links with its text count. Returns that text.
export function askForLink(part, links) {
  const text = links[core.randi(0, links.length)].textContent;
  for (const link of links) on(link, "click", () => part.mark(link.textContent === text));
  return text;
}
