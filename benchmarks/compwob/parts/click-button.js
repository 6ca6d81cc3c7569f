import { make, on } from "./shared/dom.js";

const LABELS = ["submit", "okay", "ok", "yes", "no", "cancel", "next", "previous"];
const SLOTS = 6;

const words = () => ` ${[0, 1, 2].map(() => core.sample(ui_utils.lorem_words)).join(" ")}`;

export function build(part) {
  const buttons = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const draw = core.randf(0, 1);
    const needed = slot === SLOTS - 1 && buttons.length === 0;
    if (draw < 0.33 && !needed) part.into.append(make("div", {}, words()));
    else if (draw < 0.66 && !needed) textField(part.into);
    else buttons.push(button(part.into));
  }
  const label = core.sample(buttons).textContent;
  for (const one of buttons) on(one, "click", () => part.mark(one.textContent === label));
  return { values: { label } };
}

function textField(into) {
  if (core.randf(0, 1) < 0.5) into.append(make("span", {}, `${words()}: `));
  const width = core.randi(40, 150);
  into.append(make("input", { type: "text", style: `width:${width}px;` }), make("br"));
}

function button(into) {
  let label = core.sample(LABELS);
  if (core.randf(0, 1) < 0.5) label = ui_utils.txtCapitalize(label);
  const made = make("button", {}, label);
  into.append(made);
  if (core.randf(0, 1) < 0.5) into.append(make("br"));
  return made;
}

export function phrase({ label }) {
  return {
    imperative: `click on the "${label}" button`,
    gerund: `clicking on the "${label}" button`,
  };
}
