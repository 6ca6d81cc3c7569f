import { drawMail, mailPhrase } from "./shared/mail.js";
import { inbox } from "./shared/inbox.js";

export function build(part) {
  const mail = drawMail(part.options.emails ?? 12);
  inbox(part, mail);
  return { values: mail.values };
}

export { mailPhrase as phrase };
