import { bold, make } from "./shared/dom.js";
import { buttonPlace, submit } from "./shared/form.js";

export function build(part) {
  const form = part.block("form");
  form.style.cssText = `margin-left:${core.randi(0, 20)}px;margin-top:${core.randi(0, 20)}px;`;
  const shift = core.randi(0, 20);
  const input = make("input", { type: "text", id: part.id("tt") });
  form.append(input, " ");
  const into = buttonPlace(part, form);
  if (into !== form && !part.merged) into.append(make("br"));
  const button = submit(part, into);
  // Where the button comes after the form, the published page does not shift it.
  if (into === form && button) button.style.marginTop = `${shift}px`;
  const name = core.sample(ui_utils.FIFTY_NAMES);
  return { values: { name }, read: () => input.value === name };
}

export function phrase({ name }, { merged }) {
  const text = `"${bold(name)}" into the text field`;
  return {
    imperative: `enter ${text}${merged ? "" : " and press Submit"}`,
    gerund: `entering ${text}${merged ? "" : " and pressing Submit"}`,
  };
}
