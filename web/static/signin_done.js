// Tell the pages of other tabs, which wait for it, that somebody has signed in.
new BroadcastChannel("session").postMessage("signed in");
