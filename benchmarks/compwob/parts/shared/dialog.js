// jQuery UI dialogs: over the content, or in the open layout a block of their own.
import { make } from "./dom.js";

// Open the dialog `box`; `style` is its drawn margin, width and height in px.
export function openDialog(part, box, holder, settings, { margin, width, height }) {
  // Fitted into the window's width, as published, but not into its height: then the place
  // depends on the page alone.
  const over = { my: "center", at: "center", of: part.area, collision: "fit none" };
  const place = part.open
    ? { appendTo: holder, draggable: false, resizable: false }
    : { position: over };
  const frame = $(box).dialog({ ...settings, ...place }).dialog("widget");
  frame[0].style.margin = margin;
  frame[0].style.width = `${width}px`;
  if (height) frame[0].style.height = `${height}px`;
  return frame;
}

// The dialog's text and the place of its block. `look` is "plain" or "buttons".
export function dialogBox(part, look) {
  const words = ui_utils.generateWords(4, 8);
  const box = make("div", { id: part.id("dialog"), "data-dialog": look }, make("p", {}, words));
  const holder = make("div", { "data-holder": "" }, box);
  part.into.append(part.open ? holder : box);
  return { box, holder };
}

// The "x" of a dialog's title bar.
export function closer(frame) {
  return frame.find(".ui-dialog-titlebar-close")[0];
}
