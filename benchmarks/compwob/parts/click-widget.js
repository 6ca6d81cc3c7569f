import { make, on } from "./shared/dom.js";

const TYPES = ["radio", "checkbox", "text", "textarea", "button"];
const COUNT = 5;

export function build(part) {
  // Published pages put radio widgets and click-option into one group, "radio" (D11).
  const name = part.own ? part.id("radio") : "radio";
  const widgets = [];
  for (let i = 0; i < COUNT; i++) {
    const type = TYPES[core.randi(0, TYPES.length)];
    const row = make("div", { class: "widget" }, widget(type, name, ui_utils.generateString(1, 6)));
    part.into.append(row);
    widgets.push({ type, row });
  }
  const { type: wanted } = core.sample(widgets);
  for (const { type, row } of widgets) on(row, "click", () => part.mark(type === wanted));
  return { values: { type: wanted } };
}

function widget(type, name, text) {
  const data = { "data-type": type };
  if (type === "radio") return make("label", {}, make("input", { type, ...data, name }), text);
  if (type === "checkbox") return make("label", {}, make("input", { type, ...data }), text);
  if (type === "text") return make("input", { type: "input", ...data, value: text });
  return make(type, data, text);
}

export function phrase({ type }) {
  return {
    imperative: `click on a "${type}" widget`,
    gerund: `clicking on a "${type}" widget`,
  };
}
