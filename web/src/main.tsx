import { render } from "preact";
import "./styles/base.css";
import { language } from "./language/language";
import { App } from "./pages/App";
import { identity } from "./pages/account";
import { startRouter } from "./router";
import { followKeyboard } from "./ui/viewport";

document.documentElement.lang = language;
startRouter();
followKeyboard();
identity.find();
const root = document.getElementById("app");
if (root) render(<App />, root);

// Only for the page that says that the server cannot be reached, so it can wait.
function register(): void {
  navigator.serviceWorker?.register(`/sw.js?language=${language}`).catch(() => {});
}
// Texts of another language than English may have come after everything else.
if (document.readyState === "complete") register();
else addEventListener("load", register);
