import { on } from "./shared/dom.js";
import { closer, dialogBox, openDialog } from "./shared/dialog.js";

export function build(part) {
  const { box, holder } = dialogBox(part, "buttons");
  const label = core.sample(["Cancel", "OK", "x"]);
  const style = {
    margin: `${core.randi(15, 25)}px ${core.randi(5, 10)}px`,
    width: core.randi(115, 140),
  };
  // Cancel and OK leave the dialog open; only the x hides it.
  const button = (text) => ({ text, click: () => part.mark(text === label) });
  const buttons = [button("Cancel"), button("OK")];
  const ready = () => {
    const frame = openDialog(part, box, holder, { height: 0, width: 0, buttons }, style);
    on(closer(frame), "click", () => part.mark(label === "x"));
  };
  return { values: { label }, ready };
}

export function phrase({ label }) {
  return {
    imperative: `click the button in the dialog box labeled "${label}"`,
    gerund: `clicking the button in the dialog box labeled "${label}"`,
  };
}
