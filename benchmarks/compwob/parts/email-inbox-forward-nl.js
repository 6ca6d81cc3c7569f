import { drawMail, mailPhrase } from "./shared/mail.js";
import { inbox } from "./shared/inbox.js";

export function build(part) {
  const mail = drawMail(3);
  inbox(part, mail);
  return { values: mail.values };
}

export { mailPhrase as phrase };
