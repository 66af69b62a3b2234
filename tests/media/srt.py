"""Subtitles in SRT."""


def srt(*texts: str) -> str:
    return "".join(
        f"{at}\r\n00:00:0{at},500 --> 00:00:0{at},900\r\n{text}\r\n\r\n"
        for at, text in enumerate(texts, 1)
    )
