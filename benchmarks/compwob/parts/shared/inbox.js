// An inbox with its screens: list, search, one email, reply, forward.
import { make, on } from "./dom.js";

const div = (name, ...children) => make("div", { class: name }, ...children);
const SCREENS = ["main", "search", "email", "reply", "forward"];
const OTHERS = [
  "main-header", "open-search", "search-bar", "search-header", "search-cancel", "search-input",
  "results-header", "search-results", "email-bar", "close-email", "reply-bar", "close-reply",
  "send-reply", "reply-text", "forward-bar", "close-forward", "send-forward", "forward-text",
];

export function inbox(part, mail) {
  const ids = Object.fromEntries([...SCREENS, ...OTHERS].map((name) => [name, part.id(name)]));
  const has = (name) => ({ id: ids[name], "data-mail": name });
  const box = { part, mail, has, screens: {} };
  const threads = mail.emails.map((one) => thread(box, one));
  box.screens.main = make("div", has("main"), header(box), ...threads);
  box.screens.search = searchScreen(box);
  box.screens.search.className = "hide";
  part.into.append(box.screens.main, box.screens.search);
}

function hide(box, name) {
  box.screens[name].className = "hide";
}

function show(box, name) {
  box.screens[name].removeAttribute("class");
}

// Put a new screen over `from`; `back` returns to it.
function open(box, name, from, ...children) {
  const screen = make("div", box.has(name), ...children);
  box.screens[name] = screen;
  from.forEach((one) => hide(box, one));
  box.part.into.append(screen);
}

function icon(box, name, click) {
  return on(make("span", box.has(name)), "click", click);
}

function header(box) {
  const find = icon(box, "open-search", () => {
    show(box, "search");
    hide(box, "main");
    box.input.focus();
  });
  return make("div", box.has("main-header"), make("h2", {}, "Primary"), find);
}

function actions() {
  const star = on(make("span", { class: "star" }), "click", (event) => {
    event.stopPropagation();
    star.classList.toggle("clicked");
  });
  const trash = on(make("span", { class: "trash" }), "click", (event) => event.stopPropagation());
  return div("email-actions", trash, star);
}

const short = (text) => (text.length < 15 ? text : `${text.slice(0, 15)}..`);

function thread(box, email, mark = (text) => [text], subject = short(email.subject)) {
  const index = box.mail.emails.indexOf(email);
  const row = make(
    "div", { class: "email-thread", "data-index": index },
    div("email-left",
      div("email-sender", ...mark(email.name)),
      div("email-subject", ...mark(subject)),
      div("email-body", ...mark(short(email.body)))),
    div("email-right", div("email-time"), actions()),
  );
  return on(row, "click", () => openEmail(box, email));
}

function searchScreen(box) {
  const results = make("div", box.has("search-results"));
  box.input = make("input", { type: "text", ...box.has("search-input"), placeholder: "Search" });
  on(box.input, "keyup", () => {
    const wanted = box.input.value;
    const found = wanted.trim() ? box.mail.emails.filter((one) => holds(one, wanted)) : [];
    const rows = found.map((one) => thread(box, one, highlighter(wanted), one.subject));
    results.replaceChildren(...rows);
  });
  const cancel = icon(box, "search-cancel", () => {
    hide(box, "search");
    show(box, "main");
    box.input.value = "";
  });
  return make(
    "div", box.has("search"),
    make("div", box.has("search-bar"),
      make("div", box.has("search-header"), cancel, make("span", {}, box.input))),
    make("div", box.has("results-header"), make("h4", {}, "Results")),
    results,
  );
}

function holds({ name, subject, body }, text) {
  return [name, subject, body].some((one) => one.includes(text));
}

function highlighter(wanted) {
  return (text) => {
    const at = text.indexOf(wanted);
    if (at < 0) return [text];
    const found = make("span", { class: "highlight" }, wanted);
    return [text.slice(0, at), found, text.slice(at + wanted.length)];
  };
}

function openEmail(box, email) {
  const close = icon(box, "close-email", () => {
    box.screens.email.remove();
    show(box, "main");
  });
  const span = (name, ...children) => make("span", { class: name }, ...children);
  const button = (name, text, click) =>
    on(span(`email-${name}`, div("icon"), make("div", {}, text)), "click", click);
  open(
    box, "email", ["main", "search"],
    make("div", box.has("email-bar"), close, actions()),
    div("email-header",
      div("email-subject", email.subject),
      span("email-left", div("email-sender", email.name), make("div", {}, "to me")),
      span("email-right", div("email-time"))),
    div("email-body", email.body),
    div("email-send",
      button("reply", "Reply", () => openReply(box, email)),
      button("forward", "Forward", () => openForward(box, email))),
  );
}

function closeTo(box, name) {
  return icon(box, `close-${name}`, () => {
    box.screens[name].remove();
    show(box, "email");
  });
}

function openReply(box, email) {
  // A reply is never asked for: sending one is wrong.
  const send = icon(box, "send-reply", () => box.part.mark(false));
  open(
    box, "reply", ["email"],
    make("div", box.has("reply-bar"), closeTo(box, "reply"), send),
    div("reply-header",
      div("reply-info",
        make("label", { class: "reply-to" }, "to: "),
        make("span", { class: "reply-sender" }, email.name)),
      div("reply-subject",
        make("label", { class: "reply-subj" }, "subject: "), `Re: ${email.subject}`)),
    div("reply-body", make("textarea", box.has("reply-text"))),
  );
}

function openForward(box, email) {
  const to = make("input", { type: "text", class: "forward-sender" });
  const text = make("textarea", box.has("forward-text"));
  text.value = email.body;
  const send = icon(box, "send-forward", () => {
    box.part.mark(to.value === box.mail.to && text.value === box.mail.email.body);
  });
  open(
    box, "forward", ["email"],
    make("div", box.has("forward-bar"), closeTo(box, "forward"), send),
    div("forward-header",
      div("forward-info", make("label", {}, "to: "), to),
      div("forward-subject", make("label", {}, "subject: "), email.subject)),
    div("forward-body", text),
  );
}
