// Undoes what programs did to pasted links. Pure. Same rules as in core/link_cleanup.py.

const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}]/gu;
/** JavaScript's \s does not include these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they come from tables and old texts
const SEPARATORS = /[\x1c-\x1f\x85]/g;
const FULL_WIDTH =
  /(?!https?:\/\/)(?:https?|\uff48\uff54\uff54\uff50\uff53?)[:\uff1a][/\uff0f]{2}[!-~\uff03\uff05\uff06\uff0d-\uff19\uff1d-\uff1f\uff21-\uff3a\uff3f\uff41-\uff5a]*/giu;
const OTHER_POINTS =
  /https?:\/\/(?:[^\s/:?#@<>"'.\u3002\uff0e\uff61]+[.\u3002\uff0e\uff61])+[^\s/:?#@<>"'.\u3002\uff0e\uff61]+(?=[/:])/giu;
const SOFT_BREAK = /=\r?\n/g;
const ESCAPED = "/?=&#:%_~*+-";
const AFTER_BACKSLASH = new RegExp(
  `(?<!\\\\)\\\\+(?:u00([2-7][0-9a-f])|(["'${ESCAPED}])|[nrt])`,
  "gi",
);
const DEFUSED = /(?<=[\p{L}\p{N}_])(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{\.\})(?=[\p{L}\p{N}_])/giu;
const DEFUSED_SCHEME = /(?<=[ps])\[(:|:\/\/)\]/g;
const PARTED_SCHEME = /\b(https?) ?: ?\/\/ ?(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+\/)/gi;
const FIRST_SCHEME = /\bhttps?:\/{1,2}(?:www\.)?(?=https?(?::|\/\/))/gi;
const PERCENT = /(?<![\p{L}\p{N}_=&?/%#.:+-])https?%(?:25)*3a(?:%(?:25)*2f|\/){2}[^\s<>"]*/giu;
const KIND_OF_XML = /<(?:!doctype|\?xml)[^<>]*>|\sxmlns(?::[\p{L}\p{N}_]+)?=(?:"[^"]*"|'[^']*')/giu;
const BROKEN_LINE =
  /(?<=[?&]v=|youtu\.be\/)\s[\s>]*(?=[\w-]{11}(?![\w-]))|(?<=\/watch\?)\s+(?=v=)|(?<=https:)\s+(?=\/\/)|(?<=youtube\.com\/)\s[\s>]*(?=watch\?)/g;

const AMPERSAND = /&(?:(?:amp|#0*38|#x0*26);)+/gi;
const ENTITY = /&(?:(lt|gt|quot|apos|nbsp)|#([0-9]{2,3})|#x([2-7][0-9a-f]));/gi;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const NAMED: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** Returns the text as it was before programs changed the links in it. */
export function repairedText(text: string): string {
  const seen = text.replace(UNSEEN, "").replace(SEPARATORS, " ").trim();
  const isQuoted = seen.includes("=3D") && seen.search(SOFT_BREAK) >= 0;
  return (isQuoted ? seen.replace(SOFT_BREAK, "").replaceAll("=3D", "=") : seen)
    .replace(FULL_WIDTH, (link) => link.normalize("NFKC"))
    .replace(PARTED_SCHEME, "$1://")
    .replace(OTHER_POINTS, (host) => host.replace(/[\u3002\uff0e\uff61]/g, "."))
    .replace(AFTER_BACKSLASH, withoutBackslash)
    .replace(DEFUSED, ".")
    .replace(DEFUSED_SCHEME, "$1")
    .replace(FIRST_SCHEME, "")
    .replace(PERCENT, decoded)
    .replace(KIND_OF_XML, " ")
    .replace(BROKEN_LINE, "");
}

/** Decodes HTML entities, also if they were escaped several times. */
export function withoutEntities(text: string): string {
  return text.replace(AMPERSAND, "&").replace(ENTITY, (found, name, decimal, hexadecimal) => {
    if (name) return NAMED[name.toLowerCase()] ?? found;
    const character = String.fromCharCode(decimal ? Number(decimal) : parseInt(hexadecimal, 16));
    return " " <= character && character <= "~" ? character : found;
  });
}

function withoutBackslash(found: string, code?: string, character?: string): string {
  if (!code) return character ?? " ";
  const meant = String.fromCharCode(parseInt(code, 16));
  return ESCAPED.includes(meant) ? meant : found;
}

function decoded(link: string): string {
  let text = link;
  for (let times = 0; times < 3 && !/^https?:\/\//i.test(text); times++)
    text = text.replace(/(?:%[0-9a-f]{2})+/gi, decodedBytes);
  return text;
}

/** Decodes a percent-encoded part; leaves invalid sequences as they are. */
function decodedBytes(escaped: string): string {
  const bytes = escaped.slice(1).split("%");
  return UTF8.decode(Uint8Array.from(bytes, (byte) => parseInt(byte, 16)));
}
