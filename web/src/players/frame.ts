// The iframe of an embedded player, and the messages to and from it.

import { t } from "../language/t";
import { readMessage } from "./messages";

interface FrameOptions {
  /** The usual name of the site. */
  title: string;
  /** Messages are sent to this origin, and accepted only from it. */
  origin: string;
  /** The page in the frame has loaded. `again` means that the frame restarted by itself. */
  onLoad: (again: boolean) => void;
  onMessage: (message: Record<string, unknown>) => void;
}

export class Frame {
  readonly #options: FrameOptions;
  #element: HTMLIFrameElement | null = null;
  #showLast = () => {};
  #isSecondTry = false;

  constructor(options: FrameOptions) {
    this.#options = options;
    window.addEventListener("message", this.#onMessage);
  }

  /** Replaces the frame by a new one, so that the browser's history gets no entry. */
  show(address: URL, place: HTMLElement): void {
    this.#showLast = () => this.show(address, place);
    const frame = document.createElement("iframe");
    frame.title = t("{{site}} player", { site: this.#options.title });
    frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    // YouTube refuses pages without a referrer (error 153).
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.style.cssText = "display: block; width: 100%; height: 100%; border: 0";
    frame.src = address.href;
    let visits = 0;
    frame.addEventListener("load", () => {
      if (frame !== this.#element) return;
      visits += 1;
      // A frame reloads its page when it is moved in the document.
      this.#options.onLoad(visits > 1);
    });
    this.#element?.remove();
    this.#element = frame;
    place.append(frame);
  }

  /** Repeats the last `show`; returns false if that has been tried before. */
  loadAgain(): boolean {
    if (this.#isSecondTry) return false;
    this.#isSecondTry = true;
    this.#showLast();
    return true;
  }

  post(message: unknown): void {
    this.#element?.contentWindow?.postMessage(message, this.#options.origin);
  }

  dispose(): void {
    window.removeEventListener("message", this.#onMessage);
    this.#element?.remove();
    this.#element = null;
  }

  readonly #onMessage = (event: MessageEvent): void => {
    const ours = this.#element?.contentWindow;
    // Any page can send messages here. Accept only those from our frame while it is on its own
    // site.
    if (!ours || event.source !== ours || event.origin !== this.#options.origin) return;
    const message = readMessage(event.data);
    if (message) this.#options.onMessage(message);
  };
}
