// Submit controls and labelled fields.
import { make, on } from "./dom.js";

// The part's own submit button, unless a later part's control submits it.
export function submit(part, into, label = "Submit") {
  if (part.merged) return null;
  const text = part.options.label ?? label;
  const button = make("button", { id: part.id("subbtn"), class: "secondary-action" }, text);
  on(button, "click", part.press);
  into.append(button);
  return button;
}

// "<p><label>Text</label><input></p>", and the input.
export function field(into, text, type, id, attributes = {}) {
  const input = make("input", { type, id });
  into.append(make("p", {}, make("label", attributes, text), input));
  return input;
}

// Where a form's button goes: into the form, or after it.
export function buttonPlace(part, form) {
  return part.options.button === "outside" ? form.parentElement : form;
}
