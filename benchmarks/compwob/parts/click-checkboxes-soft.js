// The instruction names synonyms of the boxes' labels.
import { selectPhrase, tickList } from "./shared/boxes.js";

const SYNONYMS = [
  "big large huge enormous gigantic",
  "small tiny little mini petite",
  "red scarlet crimson vermillion",
  "happy cheerful joyful gleeful delighted",
  "sad unhappy sorrowful miserable tragic",
  "angry mad furious irritated",
  "evil wicked immoral sinful corrupt depraved",
  "wrong incorrect mistaken erroneous",
  "real genuine actual",
  "strange odd peculiar unusual weird",
  "stop cease halt end finish",
  "scared terrified panicked fearful frightened afraid",
  "quiet calm peaceful serene mild",
  "old aged archaic",
  "love like adore favor",
  "kill murder assassinate",
  "keep retain preserve sustain maintain",
  "hide conceal camouflage",
  "hate despise loathe detest dislike",
  "funny humorous amusing comical laughable",
  "fat fleshy plump chubby",
  "stupid dumb dull unwise",
  "delicious savory delectable appetizing",
  "cut slice carve chop",
  "brave courageous fearless",
  "begin start initiate launch",
  "answer reply response",
  "television televisions TV TVs",
  "house home houses homes",
  "fire flame fires flames",
  "pig pork swine pig",
  "rabbit rabbits bunny bunnies",
  "car cars automobile automobiles vehicle vehicles",
  "water",
];

export function build(part) {
  core.randi(2, 7); // the original draws a number here that it does not use
  const groups = core.shuffle(SYNONYMS.map((words) => words.split(" ")));
  const asked = core.randi(1, 6);
  const count = core.randi(Math.max(3, asked + 1), 7);
  const drawn = groups.slice(0, count).map((words) => [core.sample(words), core.sample(words)]);
  const picked = core.shuffle([...drawn.keys()]).slice(0, asked);
  const wanted = drawn.map((_, index) => picked.includes(index));
  const texts = drawn.map(([, label]) => label);
  return tickList(part, texts, wanted, picked.map((index) => drawn[index][0]));
}

export function phrase({ list }, part) {
  return selectPhrase(`words similar to ${list}`, part);
}
