import qrcode from "qrcode-generator";
import css from "./QrCode.module.css";

/** White margin around the code, in modules (ISO/IEC 18004 asks for four). */
const QUIET = 4;

/** `text` as a QR code, dark on white in both colour schemes because scanners need that. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (code.isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
  const side = size + 2 * QUIET;
  return (
    <svg
      class={css.code}
      viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`}
      shape-rendering="crispEdges"
      role="img"
      aria-label={label}
    >
      <path d={path} />
    </svg>
  );
}
