// A session ends while a page is open: the page stays as it is, with all that was typed, until somebody signs in again.

const mark = document.querySelector('meta[name="session"]');
let open = null;

// Resolve with whether the same person is signed in again, in the same tenant. One dialogue, however many calls wait.
export function renewed() {
  open ??= ask().finally(() => { open = null; });
  return open;
}

async function ask() {
  if (!mark) return false;
  if ((await look()) === "same") return true; // another tab has signed in already, or the word alone was old
  const dialog = build();
  document.body.append(dialog);
  dialog.showModal();
  const channel = new BroadcastChannel("session");
  try {
    return await new Promise((resolve) => {
      const again = async () => {
        const found = await look();
        if (found === "same") resolve(true);
        else tell(dialog, found);
      };
      channel.addEventListener("message", again);
      dialog.querySelector(".again").addEventListener("click", again);
      dialog.querySelector(".leave").addEventListener("click", () => resolve(false));
      dialog.addEventListener("cancel", () => resolve(false));
    });
  } finally {
    channel.close();
    dialog.close();
    dialog.remove();
  }
}

// Ask whose session the browser has now: "same", "none", "other" or "offline". The page's word is renewed on the way.
async function look() {
  try {
    const answer = await fetch("/session", { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) return answer.status === 401 ? "none" : "offline";
    const now = await answer.json();
    if (now.who !== mark.content) return "other";
    document.querySelector('meta[name="csrf"]').content = now.csrf;
    mark.dataset.expires = now.expires_at;
    return "same";
  } catch { return "offline"; }
}

const WORDS = {
  none: "Nobody is signed in yet. Sign in in the new tab first.",
  other: "Somebody else is signed in now, or you work in another organisation. Copy what you need, then load this page again.",
  offline: "The server does not answer. Check the network and try again.",
};

function tell(dialog, found) { dialog.querySelector(".told").textContent = WORDS[found]; }

function build() {
  const dialog = document.createElement("dialog");
  dialog.className = "session";
  dialog.setAttribute("aria-labelledby", "session-ended");
  const part = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });
  const heading = part("h2", "Your session has ended");
  heading.id = "session-ended";
  const link = part("a", "Sign in in a new tab", "button primary");
  link.href = "/signin?next=%2Fsignin%2Fdone";
  link.target = "_blank";
  const told = part("p", "", "told hint");
  told.setAttribute("role", "status");
  const row = part("div", "", "session-row");
  const again = part("button", "I have signed in", "again");
  const leave = part("button", "Not now", "leave");
  again.type = leave.type = "button";
  row.append(link, again, leave);
  dialog.append(heading, part("p", "Nothing that you typed is lost. Sign in again, and this page goes on where it was."), told, row);
  return dialog;
}

// A page that was left alone says it when somebody comes back, not first when something is to be saved.
async function returned() {
  if (document.visibilityState === "visible" && mark && Date.now() > Date.parse(mark.dataset.expires)) {
    if ((await look()) === "none") renewed();
  }
}
document.addEventListener("visibilitychange", returned);
