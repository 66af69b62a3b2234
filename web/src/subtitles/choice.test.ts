import { expect, test } from "vitest";
import { languageOf, shownTrack, trackName } from "./choice";

const track = (id: string, language: string, isDefault = false) => ({
  id,
  language,
  label: id,
  default: isDefault,
});
const TRACKS = [track("one", "eng"), track("two", "pt-BR", true), track("three", "und")];
const NOTHING = { chosen: undefined, room: null, language: null };

test.each([
  ["the film's default without any wish", {}, "two"],
  ["the viewer's usual language before that", { language: "en-GB" }, "one"],
  ["the default where their language is missing", { language: "fi" }, "two"],
  ["nothing when they turned subtitles off last time", { language: "" }, null],
  ["the room's track before the usual language", { room: "three", language: "en" }, "three"],
  ["the room's track also for who had turned them off", { room: "one", language: "" }, "one"],
  ["no track of the room that is not there", { room: "gone" }, "two"],
  ["the viewer's own choice before all", { chosen: "one", room: "three" }, "one"],
  ["none when they chose none", { chosen: null, room: "three" }, null],
])("shows %s", (_, wishes, expected) => {
  expect(shownTrack(TRACKS, { ...NOTHING, ...wishes })?.id ?? null).toBe(expected);
});

test("names a track by its language unless the label says it", () => {
  expect(trackName({ ...track("Film", "de"), label: "Film" }, "en")).toBe("German · Film");
  expect(trackName({ ...track("x", "de"), label: "german, forced" }, "en")).toBe("german, forced");
  expect(trackName({ ...track("x", "und"), label: "Film" }, "en")).toBe("Film");
});

test.each([
  ["Film.de.srt", "de"],
  ["Film.pt-BR.vtt", "pt-BR"],
  ["Film.en.forced.ass", "en"],
  ["Film.en.hi.srt", "en"],
  ["Film.en.default.srt", "en"],
  ["Film.en.forced.sdh.srt", "en"],
  ["Film.en [CC].srt", "en"],
  ["Film.hi.srt", "hi"],
  ["Film.sdh.srt", ""],
  ["Film.pt_BR.srt", "pt-BR"],
  ["Film.PT-br.srt", "pt-BR"],
  ["Film.zh-Hant-TW.srt", "zh-Hant-TW"],
  ["Film.sr_Latn.srt", "sr-Latn"],
  ["Film.es-419.srt", "es-419"],
  ["Film.eng.srt", "en"],
  ["Film.fil.srt", "fil"],
  ["Film.ger.srt", "de"],
  ["Film.EN.srt", "en"],
  ["Film [en].srt", "en"],
  ["Film (fr).hi.srt", "fr"],
  ["Film [dQw4w9WgXcQ].en.vtt", "en"],
  ["Film.de.en.srt", "en"],
  ["Ep.No.srt", ""],
  ["the.new.war.srt", ""],
  ["Film.srt", ""],
  ["Mr. Bean.srt", ""],
  ["S01E02.web.srt", ""],
])("reads the language of %s from its name", (name, language) => {
  expect(languageOf(name)).toBe(language);
});
