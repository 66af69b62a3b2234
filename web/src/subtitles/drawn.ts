// Subtitles over a <video>, drawn by the browser's own text tracks.
//
// https://html.spec.whatwg.org/multipage/media.html#text-tracks

export interface Shown {
  id: string;
  label: string;
  language: string;
  url: string;
}

/** A part of the picture's shorter side. */
const TEXT_SIZE = 0.05;
/** On a phone held upright, the picture is so small that a part of it could not be read. */
const SMALLEST_PX = 15;
/** As in Cues.module.css: a line of text as a part of its size, and the font. */
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
      /** The link to a track did not work: it may have expired. */
      expired: () => void;
      /** Nor did the next link to it: it is left alone until it is chosen again. */
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
    // Without a mode it is not loaded.
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

  /** Shows every cue so many seconds later than its file says; earlier when negative. */
  setOffset(offset_s: number): void {
    if (offset_s === this.#offset_s) return;
    this.#offset_s = offset_s;
    this.#adjust();
  }

  /** Keeps the lowest `height_px` of the video free, for the controls over it. */
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
    // Chromium leaves a cue that is on the picture where it is until its track is shown anew.
    if (isMoved && track.activeCues?.length) {
      track.mode = "hidden";
      track.mode = "showing";
    }
  }

  /** Returns whether the cue has got another line. */
  #place(cue: VTTCue): boolean {
    const { startTime: start, endTime: end, line } = cue;
    const original = this.#originals.get(cue) ?? { start, end, line };
    this.#originals.set(cue, original);
    const from = original.start + this.#offset_s;
    // One that would begin before the film must still be valid.
    if (cue.startTime !== from) cue.startTime = from;
    const until = original.end + this.#offset_s;
    if (cue.endTime !== until) cue.endTime = until;
    // The line of a cue is that of its first row.
    const isLifted = original.line === "auto" && this.#lines > 0;
    const lifted = isLifted ? -this.#lines - this.#rowsOf(cue) : original.line;
    if (cue.line === lifted) return false;
    cue.line = lifted;
    return true;
  }

  /** How many rows the browser makes of a cue, which takes the whole width. */
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
