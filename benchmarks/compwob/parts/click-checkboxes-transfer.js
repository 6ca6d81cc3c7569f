// Few boxes are wanted in training, many in test mode (WOB_DATA_MODE).
import { selectPhrase, tickList } from "./shared/boxes.js";

export function build(part) {
  const asked = WOB_DATA_MODE === "test" ? core.randi(4, 7) : core.randi(0, 4);
  const count = core.randi(Math.max(3, asked), 7);
  const texts = Array.from({ length: count }, () => ui_utils.generateString(2, 8));
  const picked = core.shuffle([...texts.keys()]).slice(0, asked);
  const wanted = texts.map((_, index) => picked.includes(index));
  return tickList(part, texts, wanted, picked.map((index) => texts[index]));
}

export function phrase({ list }, part) {
  return selectPhrase(list, part);
}
