// Lists of check boxes or radio buttons, and their submit.
import { make } from "./dom.js";
import { submit } from "./form.js";

// Append labelled boxes; ids are the prefix ("ch") and the number of the box.
export function boxes(part, type, texts, attributes = {}) {
  const list = part.block("boxes");
  list.dataset.boxes = "";
  const prefix = part.options.prefix ?? part.id("ch");
  const inputs = texts.map((text, index) => {
    const input = make("input", { type, id: prefix + index, ...attributes });
    list.append(make("label", {}, input, text), make("br"));
    return input;
  });
  return { list, inputs };
}

export function boxesSubmit(part, list) {
  const into = part.options.button === "inside" ? list : part.into;
  if (part.merged) return;
  into.append(make("br"));
  submit(part, into);
}

// Build check boxes of which `wanted` (a boolean for each) must be ticked, no others.
export function tickList(part, texts, wanted, asked) {
  const { list, inputs } = boxes(part, "checkbox", texts);
  boxesSubmit(part, list);
  const misses = () => inputs.filter((input, i) => input.checked !== wanted[i]).length;
  const exact = () => misses() === 0;
  const values = { list: asked.join(", ") || "nothing" };
  // Published page 36 fails only if exactly half of the boxes are wrong (D3).
  const lenient = part.options.lenient && part.text === "official";
  if (!lenient) return { values, read: exact };
  return { values, exact, read: () => misses() * 2 !== inputs.length };
}

export function selectPhrase(list, part) {
  return {
    imperative: `select ${list}${part.merged ? "" : " and click Submit"}`,
    gerund: `selecting ${list}${part.merged ? "" : " and clicking Submit"}`,
  };
}
