// A link's token stands behind `#`, which no server and no log sees; it is put into the form and sent.
function use() {
  const token = location.hash.slice(1);
  if (!token.startsWith("link_")) return;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("link").value = token;
  document.getElementById("signin").submit();
}

use();
addEventListener("hashchange", use); // the link was opened in a tab that shows this page already
