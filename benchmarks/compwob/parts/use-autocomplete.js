// Any text with the asked ends passes. As on the base page, the instruction does not
// mention the Submit button (D23).
import { bold, make } from "./shared/dom.js";
import { submit } from "./shared/form.js";

export function build(part) {
  const items = ui_utils.COUNTRIES;
  const input = make("input", { id: part.id("tags") });
  const box = make("div", { "data-tags": "" }, make("label", { for: input.id }, "Tags: "), input);
  part.into.append(box);
  const button = submit(part, box);
  const source = ({ term }, respond) => {
    const start = new RegExp(`^${$.ui.autocomplete.escapeRegex(term)}`, "i");
    respond(items.filter((item) => start.test(item)));
  };
  // In the open layout the menu must not cover the button.
  const position = { my: "left top", at: "left bottom", of: part.open && button ? button : input };
  $(input).autocomplete({ source, position });

  const item = items[core.randi(0, items.length)];
  const start = item.slice(0, core.randi(2, 5));
  const tail = item.slice(item.length - core.randi(2, 5));
  const end = core.randf(0, 1) < 0.75 ? tail : "";
  const read = () => input.value.startsWith(start) && input.value.endsWith(end);
  return { values: { start, end }, read };
}

export function phrase({ start, end }) {
  const text =
    `an item that starts with "${bold(start)}"` + (end ? ` and ends with "${bold(end)}"` : "");
  return { imperative: `enter ${text}`, gerund: `entering ${text}` };
}
