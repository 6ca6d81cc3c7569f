import { loginForm, loginPhrase } from "./shared/login.js";

export function build(part) {
  const { values, read } = loginForm(part, "Login");
  return { values, read };
}

export { loginPhrase as phrase };
