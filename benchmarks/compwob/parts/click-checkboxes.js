import { selectPhrase, tickList } from "./shared/boxes.js";

export function build(part) {
  const count = core.randi(2, 7);
  const texts = [];
  const wanted = [];
  for (let i = 0; i < count; i++) {
    texts.push(ui_utils.generateString(2, 8));
    wanted.push(core.randf(0, 1) < 0.5);
  }
  return tickList(part, texts, wanted, texts.filter((_, i) => wanted[i]));
}

export function phrase({ list }, part) {
  return selectPhrase(list, part);
}
