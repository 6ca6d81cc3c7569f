// A login whose first focus may bring up a popup that blocks the form.
import { make, on } from "./shared/dom.js";
import { loginForm, loginPhrase } from "./shared/login.js";

const ENDINGS = [
  "about to expire.",
  "about to time out.",
  "expiring soon.",
  "soon to expire.",
  "timing out soon.",
  "going to expire soon.",
  "going to time out soon.",
];
const MESSAGES = [
  "You are running out of time, aren't you?",
  "You have 10 new messages.",
  "Your mother is calling you for dinner.",
  "Please do not panic.",
  "This is an annoying popup message.",
  "It looks like you are trying to log in.",
  "You look good today.",
  "Sorry for this annoying message.",
];

export function build(part) {
  const { form, controls, values, read } = loginForm(part, "OK");
  const ids = ["popup", "popup-ok", "popup-cancel"].map(part.id);
  const trap = core.sample([controls[0], controls[1], null, null]);
  const show = () => {
    trap.removeEventListener("focus", show);
    disable(controls, true);
    const ok = make("button", { id: ids[1] }, "OK");
    const cancel = make("button", { id: ids[2] }, "Cancel");
    const popup = make(
      "div", { id: ids[0], "data-popup": "" },
      make("p", {}, message()), make("p", {}, "Exit to home page?"), make("p", {}, ok, " ", cancel),
    );
    on(ok, "click", part.fail);
    on(cancel, "click", () => {
      disable(controls, false);
      popup.remove();
    });
    if (part.open) form.before(popup);
    else part.area.append(popup);
  };
  if (trap) on(trap, "focus", show);
  return { values, read };
}

function disable(controls, disabled) {
  for (const control of controls) control.disabled = disabled;
}

function message() {
  if (Math.random() < 0.85) return `Your session is ${core.sample(ENDINGS)}`;
  return core.sample(MESSAGES);
}

export { loginPhrase as phrase };
