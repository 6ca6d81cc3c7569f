import { boxes, boxesSubmit, selectPhrase } from "./shared/boxes.js";

export function build(part) {
  const count = core.randi(2, 7);
  const texts = Array.from({ length: count }, () => ui_utils.generateString(2, 8));
  const target = core.randi(0, count);
  // Published pages call every group "radio", those of radio widgets too (D11).
  const name = part.own ? part.id("radio") : "radio";
  const { list, inputs } = boxes(part, "radio", texts, { name });
  boxesSubmit(part, list);
  return { values: { option: texts[target] }, read: () => inputs[target].checked };
}

export function phrase({ option }, part) {
  return selectPhrase(option, part);
}
