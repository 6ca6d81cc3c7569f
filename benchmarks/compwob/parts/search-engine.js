import { bold, make, on } from "./shared/dom.js";

const RESULTS = 9;
const PER_PAGE = 3;
const DOMAINS = "com net org ca us gov pizza gg tv co.uk it eu hk mx se jp io rocks".split(" ");
const ORDINALS = ["1st", "2nd", "3rd"];

export function build(part) {
  const results = drawResults();
  const name = core.sample(core.shuffle(ui_utils.FIFTY_NAMES.slice()));
  const wanted = core.randi(0, RESULTS);
  results[wanted].title = name;

  const input = make("input", { type: "text", id: part.id("search-text") });
  const button = make("button", { id: part.id("search") }, "Search");
  const content = make("div", { id: part.id("page-content"), "data-results": "" });
  const pages = make("ul", { id: part.id("pagination"), "data-pages": "" });
  const bar = make("div", { id: part.id("search-bar") }, input, " ", button);
  part.into.append(make("div", { "data-search": "" }, bar, content, pages));

  let since = null; // when the right name was searched
  const isAsked = () => input.value.toLowerCase() === name.toLowerCase();
  const show = (_event, page) => {
    const first = (page - 1) * PER_PAGE;
    const right = isAsked();
    const shown = right ? results.slice(first, first + PER_PAGE) : drawResults().slice(0, PER_PAGE);
    content.replaceChildren(...shown.map((result, index) =>
      resultBlock(result, right ? first + index : -1, (number) =>
        part.mark(right && number === wanted, { since }))));
  };
  on(button, "click", () => {
    since = isAsked() ? part.time() : null;
    $(pages).twbsPagination("destroy");
    $(pages).twbsPagination({
      totalPages: RESULTS / PER_PAGE, visiblePages: 3, onPageClick: show, prev: "<", next: ">",
    });
  });
  return { values: { name, ordinal: ORDINALS[wanted] ?? `${wanted + 1}th` } };
}

function drawResults() {
  const names = core.shuffle(ui_utils.FIFTY_NAMES.slice());
  const word = () => core.sample(ui_utils.lorem_words).replace(",", "");
  return Array.from({ length: RESULTS }, () => {
    const [subdomain, domain] = [word(), word()];
    const title = core.sample(names);
    const host = core.sample(["www.", ""]) + core.sample(["", subdomain]) + domain;
    const url = `https://${host}.${core.sample(DOMAINS)}`;
    return { title, url, description: ui_utils.generateWords(core.randi(2, 4)) };
  });
}

function resultBlock({ title, url, description }, number, choose) {
  const link = make("a", { href: "#", class: "search-title", "data-result": number }, title);
  on(link, "click", (event) => {
    event.preventDefault(); // the address of the page stays the same
    choose(number);
  });
  return make(
    "div", {}, link,
    make("div", { class: "search-url" }, url),
    make("div", { class: "search-desc" }, description),
  );
}

export function phrase({ name, ordinal }) {
  const result = `the ${bold(ordinal)} search result`;
  return {
    imperative:
      `use the textbox to enter "${bold(name)}" and press "Search", ` +
      `then find and click ${result}`,
    gerund:
      `using the textbox to enter "${bold(name)}" and pressing "Search", ` +
      `then finding and clicking ${result}`,
  };
}
