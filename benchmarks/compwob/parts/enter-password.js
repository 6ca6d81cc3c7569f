import { bold } from "./shared/dom.js";
import { buttonPlace, field, submit } from "./shared/form.js";

export function build(part) {
  const form = part.block("form");
  form.dataset.form = part.options.tight ? "tight" : "";
  const number = part.options.suffix ? ` ${part.options.suffix}` : "";
  const inputs = [
    field(form, `Password${number}`, "password", part.id("password")),
    field(form, `Verify password${number}`, "password", part.id("verify")),
  ];
  submit(part, buttonPlace(part, form));
  const password = ui_utils.generateString(2, 6);
  return { values: { password }, read: () => inputs.every((input) => input.value === password) };
}

export function phrase({ password }, { merged, options }) {
  const text = `the password "${bold(password)}" into both text fields`;
  const label = (options.label ?? "Submit").toLowerCase();
  return {
    imperative: `enter ${text}${merged ? "" : ` and press ${label}`}`,
    gerund: `entering ${text}${merged ? "" : ` and pressing ${label}`}`,
  };
}
