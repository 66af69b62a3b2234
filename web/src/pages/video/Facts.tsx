import { useEffect } from "preact/hooks";
import { listed, t, translated } from "../../language/t";
import type { VideoOut } from "../../rest.gen";
import { bytes } from "../../ui/bytes";
import { clockTime, longDateTime } from "../../ui/time";
import { loadStorages, storages } from "../library/storages";
import css from "./Facts.module.css";

/** The details of the file. Unknown ones are left out. */
export function Facts({ video }: { video: VideoOut }) {
  useEffect(() => void loadStorages(), []);
  return (
    <table class={css.facts}>
      <caption class="visually-hidden">{t("About this video")}</caption>
      <tbody>
        {factsOf(video).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function factsOf(video: VideoOut): [string, string][] {
  const { duration_s, width, height, size_bytes, created_at, storage } = video;
  const facts: [string, string | null][] = [
    [t("Length"), duration_s === null ? null : clockTime(duration_s)],
    [t("Resolution"), width && height ? `${width} × ${height}` : null],
    [t("Size"), size_bytes > 0 ? bytes(size_bytes) : null],
    [t("Format"), formatOf(video)],
    [t("Added"), longDateTime(created_at)],
    // It comes last because it is known last, so that nothing moves.
    [t("Stored in"), placeOf(storage)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

const KINDS: Record<string, string> = {
  "video/mp4": "MP4",
  "video/quicktime": "QuickTime",
  "video/webm": "WebM",
  "video/x-matroska": "Matroska",
  "video/matroska": "Matroska",
  "video/x-msvideo": "AVI",
  "video/mp2t": "MPEG-TS",
  "video/mpeg": "MPEG",
  "video/x-ms-wmv": "Windows Media",
  "video/x-flv": "Flash",
  "application/vnd.apple.mpegurl": "HLS",
};

/** Common names for ffmpeg's names. */
const CODECS: Record<string, string> = {
  aac: "AAC",
  ac3: "AC-3",
  alac: "ALAC",
  av1: "AV1",
  dts: "DTS",
  dvb_subtitle: "DVB",
  dvb_teletext: "Teletext",
  dvd_subtitle: "VobSub",
  dvh1: "Dolby Vision",
  eac3: "E-AC-3",
  flac: "FLAC",
  flv1: "Sorenson Spark",
  h264: "H.264",
  hdmv_pgs_subtitle: "PGS",
  hevc: "HEVC",
  mp2: "MP2",
  mp3: "MP3",
  mpeg1video: "MPEG-1",
  mpeg2video: "MPEG-2",
  mpeg4: "MPEG-4",
  opus: "Opus",
  pcm_s16be: "PCM",
  pcm_s16le: "PCM",
  pcm_s24le: "PCM",
  prores: "ProRes",
  theora: "Theora",
  truehd: "TrueHD",
  vc1: "VC-1",
  vorbis: "Vorbis",
  vp6f: "VP6",
  vp8: "VP8",
  vp9: "VP9",
  wmapro: "WMA",
  wmav1: "WMA",
  wmav2: "WMA",
  wmv1: "WMV",
  wmv2: "WMV",
  wmv3: "WMV",
};

export function codecName(codec: string | null): string | null {
  // No line ends inside a name.
  return codec && (CODECS[codec] ?? codec).replaceAll("-", "\u2011");
}

/** The storage's name when there are several; null when there is only one. */
function placeOf(name: string): string | null {
  if (storages.value.length < 2) return null;
  const label = storages.value.find((storage) => storage.name === name)?.label;
  return label === undefined ? name : translated(label);
}

/** "MP4, H.264 and AAC". */
function formatOf({ mime_type, video_codec, audio_codec }: VideoOut): string | null {
  const kind = KINDS[mime_type] ?? mime_type;
  const codecs = listed([video_codec, audio_codec].map(codecName).filter((name) => name !== null));
  return [kind, codecs].filter(Boolean).join(", ") || null;
}
