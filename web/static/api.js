// The one way to our API: the session's word goes along, and a refusal is an error with its code and advice.

import { renewed } from "./session.js";

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? "internal";
  }
}

const csrf = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

// Where the session has ended, the person is asked to sign in again in another tab, and the call is repeated.
export async function call(method, path, options = {}) {
  try {
    return await once(method, path, options);
  } catch (error) {
    if (!["session_expired", "csrf_invalid"].includes(error.code) || options.signal?.aborted || !(await renewed())) throw error;
    return once(method, path, options);
  }
}

async function once(method, path, { body, headers = {}, signal } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") sent["X-CSRF-Token"] = csrf();
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers: sent, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    let problem = {};
    try { problem = await answer.json(); } catch { /* not from us: a proxy's page */ }
    throw new Refused(answer.status, problem);
  }
  return answer.status === 204 ? null : answer.json();
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });

// Say something for a few seconds, to eyes and screen readers alike. kind: "", "good" or "bad".
export function say(text, kind = "") {
  const toast = document.createElement("p");
  toast.className = `toast ${kind}`;
  toast.textContent = text;
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), kind === "bad" ? 10_000 : 4_000);
}
