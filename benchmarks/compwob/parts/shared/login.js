// The login form.
import { bold } from "./dom.js";
import { buttonPlace, field, submit } from "./form.js";

export function loginForm(part, label) {
  const form = part.block("form");
  form.dataset.form = part.options.tight ? "tight" : "";
  const number = part.options.suffix ? ` ${part.options.suffix}` : "";
  const thick = { class: "bold" };
  const username = field(form, `Username${number}`, "text", part.id("username"), thick);
  const secret = field(form, `Password${number}`, "password", part.id("password"), thick);
  const button = submit(part, buttonPlace(part, form), label);
  const user = core.sample(ui_utils.FIFTY_NAMES).toLowerCase();
  const password = ui_utils.generateString(2, 6);
  return {
    form,
    controls: [username, secret, button].filter(Boolean),
    values: { user, password },
    read: () => username.value === user && secret.value === password,
  };
}

export function loginPhrase({ user, password }, { merged }) {
  const text =
    `the ${bold("username")} "${user}" and the ${bold("password")} "${password}" ` +
    "into the text fields";
  return {
    imperative: `enter ${text}${merged ? "" : " and press login"}`,
    gerund: `entering ${text}${merged ? "" : " and pressing login"}`,
  };
}
