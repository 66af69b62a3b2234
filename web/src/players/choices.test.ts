import { describe, expect, test } from "vitest";
import { languageLabels, qualityLabel } from "./choices";

describe("what a viewer may choose", () => {
  test("a size is called by its shorter side", () => {
    expect(qualityLabel({ width: 1280, height: 720 })).toBe("720p");
    expect(qualityLabel({ width: 720, height: 1280 })).toBe("720p");
  });

  test("a language has its name, and no two tracks have the same", () => {
    const tracks = [
      { name: "deu", lang: "deu" },
      { name: "For the blind", lang: "deu" },
      { name: "deu 3", lang: "deu" },
      { name: "deutlich 4", lang: "deu" },
      { name: "Sound 5" },
    ];
    expect(languageLabels(tracks)).toEqual([
      "German",
      "German: For the blind",
      "German (2)",
      "German: deutlich 4",
      "Sound 5",
    ]);
  });

  test("a code that an earlier worker took for a title is none", () => {
    const tracks = [
      { name: "eng", lang: "en" },
      { name: "deu 2", lang: "de" },
      { name: "ger 3", lang: "de" },
      { name: "English", lang: "en" },
      { name: "Director 2", lang: "en" },
    ];
    expect(languageLabels(tracks)).toEqual([
      "English",
      "German",
      "German (2)",
      "English: English",
      "English: Director 2",
    ]);
  });
});
