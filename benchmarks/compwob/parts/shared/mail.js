// The emails of an inbox, and the sentence that asks to forward one of them.

// Sentences that say NAME where they mean DEST.
const EXCHANGED = /\bfrom DEST\b|^Forward DEST's email from yesterday/;

// Draw the emails: four up to `limit` - 1, or three if that is 3, as on the base pages.
export function drawMail(limit) {
  const emails = Array.from({ length: core.randi(4, limit) }, () => ({
    name: core.sample(ui_utils.PEOPLE_NAMES),
    subject: ui_utils.generateWords(1, 3),
    body: ui_utils.generateWords(5, 15),
  }));
  const [email, other] = core.shuffle(emails.slice());
  core.sample(["forward"]); // the base pages draw the action too
  const mode = WOB_DATA_MODE === "test" ? "test" : "train";
  const template = core.sample(TEMPLATES.forward[mode]);
  return { emails, email, to: other.name, values: { template, by: email.name, to: other.name } };
}

const fill = (template, by, to) =>
  template.replace(/NAME|DEST/g, (word) => (word === "NAME" ? by : to));

// Official text: the sentence as it is, with its own capital and end. Clean text: made a
// clause, and the few sentences with exchanged names put right.
export function mailPhrase({ template, by, to }, { text }) {
  const gerund = `forwarding the email from ${by} to ${to}`;
  if (text === "official") return { imperative: fill(template, by, to), gerund, raw: true };
  const clause = template.replace(/[.?]$/, "").replace(/^FOrward/, "forward");
  const inner = /^(NAME|DEST|I\b)/.test(clause) ? clause : lowered(clause);
  const people = EXCHANGED.test(template) ? [to, by] : [by, to];
  return { imperative: fill(inner, ...people), gerund };
}

function lowered(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
