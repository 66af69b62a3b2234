// Runs before the page's code has come: vite.config.ts puts it into the page first, by itself.

import { askEarly } from "./session/early";

askEarly(location.pathname);
