// The small pictures of the seek bar: WebVTT that refers to parts of sheets.

export interface Tile {
  sheet: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Cue extends Tile {
  from_s: number;
}

const TIME = /^(\d+):(\d{2}):(\d{2}\.\d{3}) -->/;
const PART = /^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Parses the cues, ignoring everything else. `base` is the address of the file. */
export function readStoryboard(text: string, base: string): Cue[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const time = TIME.exec(line);
    const part = PART.exec(lines[index + 1] ?? "");
    if (!time || !part) return [];
    const from_s = Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3]);
    const [x, y, width, height] = part.slice(2).map(Number) as [number, number, number, number];
    return [{ from_s, sheet: new URL(part[1] ?? "", base).href, x, y, width, height }];
  });
}

/** The picture at a position: that of the last cue that has started. */
export function tileAt(cues: readonly Cue[], position: number): Tile | null {
  return cues.findLast((cue) => cue.from_s <= position) ?? null;
}
