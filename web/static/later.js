// A word that is said after the page was loaded again.
import { say } from "./api.js";

const KEY = "said-after-loading";

export function sayAfterLoading(text) {
  try { sessionStorage.setItem(KEY, text); } catch { /* then it is not said */ }
  location.reload();
}

let kept = null;
try { kept = sessionStorage.getItem(KEY); sessionStorage.removeItem(KEY); } catch { /* nothing is kept */ }
if (kept) say(kept, "good");
