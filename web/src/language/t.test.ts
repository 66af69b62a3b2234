import { afterEach, expect, test, vi } from "vitest";
import german from "./de.json";
import english from "./en.json";

const places = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(([found]) => found).sort();
const FORM = /_(zero|one|two|few|many|other)$/;

// The next file in this process imports its modules before its first test.
afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

async function speaking(language: string) {
  vi.stubGlobal("navigator", { languages: [language] });
  return import("./t");
}

test.each(Object.entries({ ...german, ...english }))(
  "%s has its values in every form",
  (key, text) => {
    const known = places(key.replace(FORM, ""));
    const missing = known.filter((place) => !places(text).includes(place));
    // "One video" needs no number.
    expect(missing.filter((place) => !FORM.test(key) || place !== "{{count}}")).toEqual([]);
    expect(places(text).filter((place) => !known.includes(place))).toEqual([]);
  },
);

test("German has every form that German numbers need", () => {
  const { pluralCategories } = new Intl.PluralRules("de").resolvedOptions();
  for (const key of Object.keys(german).filter((key) => FORM.test(key)))
    for (const form of pluralCategories)
      expect(german).toHaveProperty([key.replace(FORM, `_${form}`)]);
});

test("the browser's language decides, by its own rules for numbers", async () => {
  const { t, translated } = await speaking("de-AT");
  expect(t("Library")).toBe("Mediathek");
  expect(t("{{count}} videos", { count: 1 })).toBe("1 Video");
  expect(t("{{count}} videos", { count: 12_345 })).toBe(
    `${new Intl.NumberFormat("de-AT").format(12_345)} Videos`,
  );
  expect(translated("This room is full.")).toBe("Dieser Raum ist voll.");
  expect(translated("Something new that the server says.")).toBe(
    "Something new that the server says.",
  );
});

test("what the server says with values in it is known, too", async () => {
  const { translated } = await speaking("de");
  const { ApiError } = await import("../net/errors");
  expect(translated("Too many attempts. Try again in 8 s.")).toBe(
    "Zu viele Versuche. Versuche es in 8 s wieder.",
  );
  expect(
    translated("This is a link to a torrent, which cannot be played here. Tell {{me}}, not $&."),
  ).toBe(
    "Das ist ein Link zu einem Torrent. Das kann hier nicht abgespielt werden. Tell {{me}}, not $&.",
  );
  expect(translated("The file has no video.")).toBe("Die Datei enthält kein bewegtes Bild.");
  // No line ends inside the name of a format.
  expect(translated("Browsers cannot play MPEG-2 video.")).toContain(" MPEG\u20112");
  expect(translated("The link cannot be read: The server there is too slow.")).toBe(
    "Der Link ist nicht zu lesen: Der Server dort ist zu langsam.",
  );
  expect(
    translated("This link cannot be played here. Links from these work: Library, YouTube."),
  ).toBe(
    "Dieser Link kann hier nicht abgespielt werden. Das geht mit Links von: Mediathek, YouTube.",
  );
  expect(translated("The file is larger than the limit of 8.6 GB.")).toBe(
    "Die Datei ist größer als erlaubt: Höchstens 8,6 GB gehen.",
  );
  const error = {
    code: "invalid",
    message: "",
    fields: { email: "must look like name@example.org" },
  };
  const { fields } = ApiError.of(422, JSON.stringify({ error }), null);
  expect(fields).toEqual({ email: "muss aussehen wie name@example.org" });
});

test("English stays as the server says it", async () => {
  const { translated } = await speaking("en");
  expect(translated("The file has no video.")).toBe("The file has no video.");
  expect(translated("This server's disk")).toBe("This server’s disk");
});

test("numbers and the names of languages are written as in the language of the pages", async () => {
  await speaking("de-AT");
  const { bytes } = await import("../ui/bytes");
  const { signedMs, spokenTime } = await import("../ui/time");
  const { languageName, offsetText } = await import("../subtitles/choice");
  expect(bytes(1_536_000)).toBe("1,5\u00a0MB");
  expect(signedMs(-2_300)).toBe("−2,3 s");
  expect(spokenTime(90_000)).toBe("1 Tag 1 h");
  expect(offsetText(0.3)).toBe("+0,3\u00a0s");
  expect(languageName("fr")).toBe("Französisch");
});

test("an unknown language is English", async () => {
  const { t } = await speaking("eo");
  expect(t("{{count}} videos", { count: 1 })).toBe("1 video");
  expect(t("{{count}} videos", { count: 2 })).toBe("2 videos");
  expect(t("“{{title}}” is deleted.", { title: "{{x}} $&" })).toBe("“{{x}} $&” is deleted.");
});

test("a language that the browser names as no standard does takes away no page", async () => {
  // Chromium reports this under the locale "en_US.POSIX".
  vi.stubGlobal("navigator", { languages: ["en-US@posix", "en-GB"] });
  const { locale, tenths } = await import("./language");
  expect(locale).toBe("en-GB");
  expect(tenths(1.25)).toBe("1.3");
});
