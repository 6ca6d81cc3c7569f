import { on } from "./shared/dom.js";
import { closer, dialogBox, openDialog } from "./shared/dialog.js";

export function build(part) {
  const { box, holder } = dialogBox(part, "plain");
  const style = {
    margin: `${core.randi(-10, 20)}px ${core.randi(5, 25)}px`,
    width: core.randi(90, 120),
    height: core.randi(70, 100),
  };
  // It is centred on the area, so the blocks must be drawn first.
  const ready = () => {
    const frame = openDialog(part, box, holder, { height: 70 }, style);
    on(closer(frame), "click", () => part.mark(true));
  };
  return { values: {}, ready };
}

export function phrase() {
  return {
    imperative: 'close the dialog box by clicking the "x"',
    gerund: 'closing the dialog box by clicking the "x"',
  };
}
