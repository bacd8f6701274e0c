// A link's token stands behind `#`, which no server and no log sees; it is put into the form and sent.
const token = location.hash.slice(1);
if (token.startsWith("link_")) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("link").value = token;
  document.getElementById("signin").submit();
}
