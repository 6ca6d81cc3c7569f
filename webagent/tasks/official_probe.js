(() => {
  if (typeof core === "undefined") return null;
  const said = core.getUtterance(); // on the email pages an object with the sentence in it
  return {
    done: WOB_DONE_GLOBAL,
    raw: WOB_RAW_REWARD_GLOBAL,
    instruction: typeof said === "string" ? said : said.utterance,
  };
})()
