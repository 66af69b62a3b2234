// Subtitles over a <video>, displayed by the browser's text tracks.
//
// https://html.spec.whatwg.org/multipage/media.html#text-tracks

export interface Shown {
  id: string;
  label: string;
  language: string;
  url: string;
}

/** The text size as a share of the picture's shorter side. */
const TEXT_SIZE = 0.05;
/** The smallest size, because on a phone in portrait that share would be unreadable. */
const SMALLEST_PX = 15;
/** Line height (relative to the text size) and font, as in Cues.module.css. */
const LINE_HEIGHT = 1.3;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

interface Original {
  start: number;
  end: number;
  line: number | "auto";
}

export class DrawnSubtitles {
  #element: HTMLTrackElement | null = null;
  #id: string | null = null;
  /** The track that could not be loaded last. */
  #failed: string | null = null;
  #offset_s = 0;
  #lines = 0;
  #size_px = 0;
  #free = { height_px: 0, scale: 1 };
  /** Browsers take a twentieth of the whole element, with the black bars beside the picture. */
  readonly #size = new CSSStyleSheet();
  readonly #resized = new ResizeObserver(() => this.#fit());
  readonly #originals = new WeakMap<VTTCue, Original>();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly on: {
      /** The link to a track failed; it may have expired. */
      expired: () => void;
      /** The next link failed too; the track is not tried again until it is chosen again. */
      lost: () => void;
    },
  ) {
    this.#resized.observe(video);
    video.addEventListener("resize", this.#fit);
    document.adoptedStyleSheets.push(this.#size);
  }

  /** Shows a track, or none. One that is shown already is not loaded again. */
  show(track: Shown | null): void {
    if (track?.id === this.#id) return;
    this.#element?.remove();
    this.#element = null;
    this.#id = track?.id ?? null;
    if (!track) return;
    const element = document.createElement("track");
    element.kind = "subtitles";
    element.label = track.label;
    if (track.language !== "und") element.srclang = track.language;
    element.src = track.url;
    element.addEventListener("load", () => {
      this.#failed = null;
      this.#adjust();
    });
    element.addEventListener("error", () => {
      if (element === this.#element) this.#broke();
    });
    this.video.append(element);
    // The browser does not load it without a mode.
    element.track.mode = "showing";
    this.#element = element;
  }

  #broke(): void {
    this.#element?.remove();
    this.#element = null;
    if (this.#failed === this.#id) {
      this.on.lost();
      return;
    }
    this.#failed = this.#id;
    this.#id = null;
    this.on.expired();
  }

  /** Delays every cue by this many seconds; negative values show them earlier. */
  setOffset(offset_s: number): void {
    if (offset_s === this.#offset_s) return;
    this.#offset_s = offset_s;
    this.#adjust();
  }

  /** Keeps the lowest `height_px` of the video free for the controls. */
  keepFree(height_px: number, scale: number): void {
    this.#free = { height_px, scale };
    this.#fit();
  }

  readonly #fit = (): void => {
    const { height_px, scale } = this.#free;
    const size_px = Math.max(SMALLEST_PX, shorterSide(this.video) * TEXT_SIZE) * scale;
    const lines = Math.ceil(height_px / size_px / LINE_HEIGHT);
    if (lines === this.#lines && size_px === this.#size_px) return;
    this.#lines = lines;
    this.#size_px = size_px;
    this.#size.replaceSync(`video::cue { font-size: ${size_px}px; }`);
    this.#adjust();
  };

  dispose(): void {
    this.#resized.disconnect();
    this.video.removeEventListener("resize", this.#fit);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== this.#size);
    this.show(null);
  }

  #adjust(): void {
    const track = this.#element?.track;
    if (!track) return;
    let isMoved = false;
    for (const cue of track.cues ?? []) {
      if (cue instanceof VTTCue && this.#place(cue)) isMoved = true;
    }
    // Chromium does not move a visible cue until its track is shown again.
    if (isMoved && track.activeCues?.length) {
      track.mode = "hidden";
      track.mode = "showing";
    }
  }

  /** Returns whether the cue's line has changed. */
  #place(cue: VTTCue): boolean {
    const { startTime: start, endTime: end, line } = cue;
    const original = this.#originals.get(cue) ?? { start, end, line };
    this.#originals.set(cue, original);
    const from = original.start + this.#offset_s;
    // A cue that would start before the film must remain valid.
    if (cue.startTime !== from) cue.startTime = from;
    const until = original.end + this.#offset_s;
    if (cue.endTime !== until) cue.endTime = until;
    // `line` is the position of the cue's first row.
    const isLifted = original.line === "auto" && this.#lines > 0;
    const lifted = isLifted ? -this.#lines - this.#rowsOf(cue) : original.line;
    if (cue.line === lifted) return false;
    cue.line = lifted;
    return true;
  }

  /** How many rows the browser needs for a cue with the full width. */
  #rowsOf(cue: VTTCue): number {
    const pen = canvas.getContext("2d");
    if (!pen) return 1;
    pen.font = `${this.#size_px}px ${FONT}`;
    const room_px = this.video.clientWidth;
    const plain = cue.text.replaceAll(/<[^>]*>/g, "");
    const rows = plain.split("\n").map((row) => Math.ceil(pen.measureText(row).width / room_px));
    return rows.reduce((sum, row) => sum + Math.max(1, row), 0);
  }
}

/** In pixels of the page, of the picture without the black bars beside it. */
function shorterSide({ clientWidth, clientHeight, videoWidth, videoHeight }: HTMLVideoElement) {
  if (!videoWidth || !videoHeight) return Math.min(clientWidth, clientHeight);
  const scale = Math.min(clientWidth / videoWidth, clientHeight / videoHeight);
  return Math.min(videoWidth, videoHeight) * scale;
}

/** For measuring text only. */
const canvas = document.createElement("canvas");
