// Converts SRT, ASS, SSA and any WebVTT to WebVTT that browsers read.
//
// Pure. media/isolated/subtitles/webvtt.py has the same rules for files on the server.
// tests/vectors/subtitles.json checks both.

const TIME = String.raw`(-?)(?:(\d{1,4}) ?: ?)?(\d{1,2}) ?: ?(\d{1,2})(?: ?[.,:;] ?(\d{1,9}))?`;
const MOMENT = new RegExp(`^${TIME}$`);
/** Also as people and translation programs write it: with one dash, with spaces. */
const ARROW = String.raw`(?:[-\u2013\u2014] ?){1,3}(?:>|&gt;)`;
const TIMES = new RegExp(
  String.raw`^[ \t]*${TIME}[ \t]*${ARROW}[ \t]*${TIME}[ \t]*((?![\d.,:;])[^\n]*)$`,
);
/** https://www.w3.org/TR/webvtt1/#file-structure */
const HEADER = /^\s*WEBVTT(?=[ \t\n]|$)/i;
const VTT_TIMES =
  /^(?:\d+:)?\d\d:\d\d\.\d{3}[ \t]+-->[ \t]+(?:\d+:)?\d\d:\d\d\.\d{3}(?:[ \t][^\n]*)?$/;
const VTT_SETTING = /^(?:vertical|line|position|size|align):\S+$/;
const VTT_STRAY = /<(?![a-z/]|\d+:)/gi;
const EVENT = "layer start end style name marginl marginr marginv effect text".split(" ");
const ASS_TAGS = /\{([^{}]*)\}/;
const SRT_TAGS = /\{(\\[^{}]*)\}/;
const HTML =
  /<(?:[ \t]{0,8}(?<end>\/?)[ \t]{0,8}(?<name>b|big|br|c|center|del|div|em|font|i|ins|lang|p|rt|ruby|s|small|span|strike|strong|sub|sup|tt|u|v)(?=[ \t\n/>.:])[^<>]*|\d+:[\d:.]+)>|\{(?<oldEnd>\/?)(?<old>[ibu])\}|\{[cfpsy]:[^{}]*\}/gi;
const SWITCHES: Record<string, Letter> = { i: "i", em: "i", b: "b", strong: "b", u: "u" };
const REFERENCE = /&(?!(?:[a-z][a-z0-9]*|#\d+|#x[0-9a-f]+);)/gi;
const BLANKS = " \t\u00a0";
/** The first lines of other kinds of files, for the error message when no cue was found. */
const OTHER_FORMS: [string, RegExp][] = [
  ["MicroDVD", /^\{\d+\}\{\d*\}/m],
  ["MPL2", /^\[\d+\]\[\d*\]/m],
  ["SubViewer", /^\d+:\d\d:\d\d[.:]\d+,\d+:\d\d:\d\d[.:]\d+/m],
  ["TTML", /^(?:<\?xml[^>]*>\s*)?<(?:\w+:)?tt[\s>]/im],
  ["SAMI", /^<sami>/im],
  ["LRC", /^\[\d+:\d\d(?:[.:]\d+)?\]/m],
  ["SCC", /^Scenarist_SCC/im],
  ["VobSub", /^# VobSub/im],
];

type Letter = "i" | "b" | "u";
type Cue = { start_ms: number; block: string };
type Row = Readonly<Record<string, string>>;

/** The parts of a text style that WebVTT can express. */
interface Style {
  i: boolean;
  b: boolean;
  u: boolean;
  atTop: boolean;
}

const PLAIN: Style = { i: false, b: false, u: false, atTop: false };

interface Times {
  start_ms: number;
  end_ms: number;
  settings: string;
}

/** Converts the text of a file to WebVTT; returns null if it has no subtitles. */
export function toWebVtt(text: string): string | null {
  const header = HEADER.exec(text);
  if (header) return repaired(`WEBVTT${text.slice(header[0].length)}`.split("\n"));
  const lines = text.split("\n");
  const ofAss = cuesOfAss(lines);
  const cues = ofAss.length > 0 ? ofAss : cuesOfSrt(lines);
  cues.sort((one, other) => one.start_ms - other.start_ms);
  // Translated signs are often drawn several times on top of each other.
  const blocks = new Set(cues.map(({ block }) => block));
  return blocks.size > 0 ? `${["WEBVTT", ...blocks].join("\n\n")}\n` : null;
}

/** Names the kind of a file without readable subtitles; null if unknown. */
export function otherForm(text: string): string | null {
  const beginning = text.trimStart().slice(0, 4096);
  return OTHER_FORMS.find(([, pattern]) => pattern.test(beginning))?.[0] ?? null;
}

/**
 * Returns WebVTT with only what browsers cannot read changed, or null if it has no cues.
 *
 * Browsers know the format better than a converter.
 */
function repaired(lines: readonly string[]): string | null {
  const made: string[] = [];
  let timesAt: number | null = null;
  let hasCues = false;
  for (const line of lines) {
    const times = timesOf(line);
    if (times) {
      hasCues = true;
      timesAt = made.length;
      made.push(VTT_TIMES.test(line) ? line : headOf(times));
    } else if (timesAt !== null && trimmed(line) !== "") {
      const head = made[timesAt] ?? "";
      if (isAtTop(line) && !head.includes(" line:")) made[timesAt] = `${head} line:0`;
      const plain = line.replaceAll(everywhere(SRT_TAGS), "").replaceAll("-->", "--&gt;");
      for (const piece of plain.replaceAll(VTT_STRAY, "&lt;").split(/<br[ \t]*\/?>/i))
        if (trimmed(piece) !== "") made.push(piece);
    } else {
      timesAt = null;
      made.push(line);
    }
  }
  return hasCues ? made.join("\n") : null;
}

function everywhere(pattern: RegExp): RegExp {
  return new RegExp(pattern, "g");
}

function isAtTop(line: string): boolean {
  const tags = [...line.matchAll(everywhere(SRT_TAGS))].flatMap(([, all = ""]) => all.split("\\"));
  return tags.some((tag) => placeOf(tag) === true);
}

/**
 * Returns a line of times or a number without what right-to-left languages have in them: their
 * digits and decimal commas, and invisible marks of direction.
 */
function plain(line: string): string {
  return line
    .normalize("NFKC")
    .replace(/[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[٫،]/g, ",")
    .replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

function timesOf(line: string): Times | null {
  const groups = TIMES.exec(plain(line))?.slice(1);
  if (!groups) return null;
  const [start_ms, end_ms] = [ms(groups.slice(0, 5)), ms(groups.slice(5, 10))];
  return { start_ms, end_ms, settings: groups[10]?.trim() ?? "" };
}

function ms([sign, hours, minutes, seconds, fraction]: (string | undefined)[]): number {
  const whole_s = (Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds);
  const at_ms = whole_s * 1000 + Number(`${fraction ?? ""}000`.slice(0, 3));
  return sign ? -at_ms : at_ms;
}

/** Not a regular expression, which would take quadratic time for a long run of blanks. */
function trimmed(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && BLANKS.includes(line.charAt(start))) start += 1;
  while (end > start && BLANKS.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

/** Reads SRT, or WebVTT without its first line. */
function cuesOfSrt(lines: readonly string[]): Cue[] {
  const found = lines.flatMap((line, at) => {
    const times = timesOf(line);
    return times ? [{ at, times }] : [];
  });
  let number = numberOf(lines[(found[0]?.at ?? 0) - 1] ?? "");
  return found.flatMap(({ at, times }, index) => {
    const words = withoutNumber(lines.slice(at + 1, found[index + 1]?.at), number);
    number = words.number;
    const switched = words.lines.join("\n").replaceAll(HTML, asSwitch).replaceAll("\\N", "\n");
    const { text, atTop } = styled(switched.split(SRT_TAGS), PLAIN, new Map());
    const settings = times.settings.split(/\s+/).filter((part) => VTT_SETTING.test(part));
    if (atTop && !settings.some((part) => part.startsWith("line:"))) settings.push("line:0");
    return blockOf({ ...times, settings: settings.join(" ") }, text);
  });
}

function numberOf(line: string): number | null {
  const digits = trimmed(plain(line));
  return /^[0-9]{1,9}$/.test(digits) ? Number(digits) : null;
}

/**
 * Returns the lines of a cue without the number of the next one, and that number.
 *
 * A last line of digits is a number if an empty line precedes it, or if it counts on. Otherwise it
 * is part of the text.
 */
function withoutNumber(
  words: readonly string[],
  before: number | null,
): { lines: readonly string[]; number: number | null } {
  const last = words.findLastIndex((line) => trimmed(line) !== "");
  const number = numberOf(words[last] ?? "");
  const isApart = last > 0 && trimmed(words[last - 1] ?? "") === "";
  const countsOn = before !== null && number === before + 1;
  if (number === null || !(isApart || countsOn)) return { lines: words, number: null };
  return { lines: words.slice(0, last), number };
}

/** Returns the ASS tag for an HTML tag. */
function asSwitch(...args: unknown[]): string {
  const { end, name, oldEnd, old } = args.at(-1) as Record<string, string | undefined>;
  const called = (name ?? old ?? "").toLowerCase();
  if (called === "br") return "\n";
  const letter = SWITCHES[called];
  return letter ? `{\\${letter}${end || oldEnd ? 0 : 1}}` : "";
}

/** Reads ASS or the older SSA, which numbers positions differently and has no underline. */
function cuesOfAss(lines: readonly string[]): Cue[] {
  let section = "";
  let columns = EVENT;
  const styles = new Map<string, Style>();
  const cues: Cue[] = [];
  for (const line of lines.map((each) => each.trim())) {
    const colon = line.indexOf(":");
    const kind = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const rest = line.slice(colon + 1);
    if (line.startsWith("[")) {
      section = line.toLowerCase();
      columns = EVENT;
    } else if (kind === "format") {
      columns = rest.split(",").map((name) => name.trim().toLowerCase());
    } else if (kind === "style") {
      const row = rowOf(columns, rest);
      styles.set(nameOf(row.name), styleOf(row, !section.includes("+")));
    } else if (kind === "dialogue") {
      cues.push(...cueOfAss(rowOf(columns, rest), styles));
    }
  }
  return cues;
}

/** The last column contains all remaining commas. */
function rowOf(columns: readonly string[], rest: string): Row {
  const parts = rest.trim().split(",");
  const last = columns.length - 1;
  const values =
    parts.length > last ? [...parts.slice(0, last), parts.slice(last).join(",")] : parts;
  return Object.fromEntries(values.map((value, index) => [columns[index] ?? "", value]));
}

function styleOf(row: Row, isOld: boolean): Style {
  const isOn = (column: string) => !["", "0"].includes(row[column]?.trim() ?? "");
  const alignment = `${isOld ? "a" : "an"}${row.alignment?.trim()}`;
  return {
    ...{ i: isOn("italic"), b: isOn("bold"), u: isOn("underline") },
    atTop: placeOf(alignment) === true,
  };
}

function nameOf(style = ""): string {
  return style.trim().replace(/^\*+/, "");
}

function cueOfAss(row: Row, styles: ReadonlyMap<string, Style>): Cue[] {
  const start = MOMENT.exec(row.start?.trim() ?? "");
  const end = MOMENT.exec(row.end?.trim() ?? "");
  if (!start || !end) return [];
  const style = styles.get(nameOf(row.style)) ?? PLAIN;
  const said = (row.text ?? "").replaceAll(/\\[Nn]/g, "\n");
  const { text, atTop } = styled(said.split(ASS_TAGS), style, styles);
  const [start_ms, end_ms] = [ms(start.slice(1)), ms(end.slice(1))];
  return blockOf({ start_ms, end_ms, settings: atTop ? "line:0" : "" }, text);
}

/**
 * Returns the text as WebVTT, and whether it is shown at the top.
 *
 * `parts` alternate between text and tags such as `\i1\an8`.
 */
function styled(
  parts: readonly string[],
  style: Style,
  styles: ReadonlyMap<string, Style>,
): { text: string; atTop: boolean } {
  const runs: [Style, string][] = [];
  let now = style;
  let isDrawing = false;
  let atTop: boolean | null = null;
  parts.forEach((part, index) => {
    if (index % 2 === 0) {
      if (!isDrawing) runs.push([now, part.replaceAll("\\h", "\u00a0")]);
      return;
    }
    for (const tag of part
      .split("\\")
      .slice(1)
      .map((piece) => piece.trim())) {
      const [, letter, value] = /^([ibu])(\d*)$/.exec(tag) ?? [];
      const drawing = /^p(\d+)$/.exec(tag);
      if (letter) {
        const on = value ? Number(value) !== 0 : style[letter as Letter];
        now = { ...now, [letter]: on };
      } else if (drawing) isDrawing = Number(drawing[1]) !== 0;
      else if (tag.startsWith("r")) now = styles.get(nameOf(tag.slice(1))) ?? style;
      else atTop ??= placeOf(tag);
    }
  });
  return { text: tagged(runs), atTop: atTop ?? style.atTop };
}

/** Tells whether a tag, such as `an8` or the older `a6`, places the text at the top. */
function placeOf(tag: string): boolean | null {
  const [, kind, number] = /^(an?)(\d+)$/.exec(tag) ?? [];
  if (!kind) return null;
  return (kind === "an" ? [7, 8, 9] : [5, 6, 7]).includes(Number(number));
}

function tagged(runs: readonly [Style, string][]): string {
  const joined: [Style, string][] = [];
  for (const [style, text] of runs) {
    const last = joined.at(-1);
    if (last && looksOf(last[0]) === looksOf(style)) last[1] += text;
    else if (text !== "") joined.push([style, text]);
  }
  return joined.map(([style, text]) => inTags(style, text)).join("");
}

function looksOf({ i, b, u }: Style): string {
  return `${i} ${b} ${u}`;
}

function inTags(style: Style, text: string): string {
  // Keep character references: WebVTT has the same as HTML.
  const escaped = text.replaceAll(REFERENCE, "&amp;").replaceAll("<", "&lt;");
  const tags = (["u", "b", "i"] as const).filter((tag) => style[tag]);
  const opened = tags.map((tag) => `<${tag}>`).join("");
  const closed = tags
    .toReversed()
    .map((tag) => `</${tag}>`)
    .join("");
  // Tag each line separately, so that leaving out a line does not break the tags.
  const lines = escaped.replaceAll(">", "&gt;").split("\n");
  return lines.map((line) => (trimmed(line) ? `${opened}${line}${closed}` : line)).join("\n");
}

/** Returns the cue; nothing if it is empty or ends before it starts. */
function blockOf(times: Times, text: string): Cue[] {
  // An empty line would end the cue.
  const lines = text
    .split("\n")
    .map(trimmed)
    .filter((line) => line !== "");
  if (lines.length === 0 || times.end_ms <= Math.max(times.start_ms, 0)) return [];
  return [{ start_ms: times.start_ms, block: [headOf(times), ...lines].join("\n") }];
}

function headOf({ start_ms, end_ms, settings }: Times): string {
  return `${timestamp(start_ms)} --> ${timestamp(end_ms)} ${settings}`.trimEnd();
}

function timestamp(at_ms: number): string {
  const ms = Math.max(at_ms, 0);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(two).join(":");
  return `${clock}.${String(ms % 1000).padStart(3, "0")}`;
}
