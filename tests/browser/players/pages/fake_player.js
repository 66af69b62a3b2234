// A player without pictures, for the pages that speak a provider's published interface: a
// clock that plays, a bar of controls for "the user", and a call for whatever happens.

const BUFFERS_MS = 40;

export class FakePlayer {
  duration = 60;
  rate = 1;
  volume = 1;
  muted = false;
  playing = false;
  #at = 0;
  #since = 0;

  /** `happened(event)` hears: play, playing, pause, seeked, ended, rate, volume, tick. */
  constructor(happened, { tick_ms = 250 } = {}) {
    this.happened = happened;
    setInterval(() => this.#tick(), tick_ms);
    setInterval(() => this.#checkEnd(), 20);
  }

  get currentTime() {
    const gone = this.playing ? ((performance.now() - this.#since) / 1000) * this.rate : 0;
    return Math.min(this.duration, this.#at + gone);
  }

  play() {
    if (this.playing || this.starts) return;
    this.starts = true;
    this.happened("play");
    setTimeout(() => {
      if (!this.starts) return;
      this.starts = false;
      this.#mark(this.currentTime);
      this.playing = true;
      this.happened("playing");
    }, BUFFERS_MS);
  }

  pause() {
    if (!this.playing && !this.starts) return;
    this.#mark(this.currentTime);
    this.playing = false;
    this.starts = false;
    this.happened("pause");
  }

  seek(to) {
    this.#mark(Math.min(to, this.duration));
    setTimeout(() => this.happened("seeked"), BUFFERS_MS);
  }

  setRate(rate) {
    this.#mark(this.currentTime);
    this.rate = rate;
    this.happened("rate");
  }

  setVolume(volume, muted = this.muted) {
    this.volume = volume;
    this.muted = muted;
    this.happened("volume");
  }

  #mark(at) {
    this.#at = at;
    this.#since = performance.now();
  }

  #tick() {
    if (this.playing) this.happened("tick");
  }

  #checkEnd() {
    if (!this.playing || this.currentTime < this.duration) return;
    this.#mark(this.duration);
    this.playing = false;
    this.happened("ended");
  }
}

/** The provider's own controls, which the user of a test clicks. */
export function addControls(player, controls = {}) {
  const all = {
    play: () => player.play(),
    pause: () => player.pause(),
    ahead: () => player.seek(player.currentTime + 20),
    faster: () => player.setRate(2),
    mute: () => player.setVolume(player.volume, true),
    ...controls,
  };
  for (const [name, act] of Object.entries(all)) {
    const button = document.createElement("button");
    button.id = name;
    button.textContent = name;
    button.addEventListener("click", act);
    document.body.append(button);
  }
}
