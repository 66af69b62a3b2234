import { Crown, Shield } from "lucide-preact";
import { t } from "../../language/t";
import type { Role } from "../../protocol.gen";
import css from "./RoleMark.module.css";

/** A host or co-host label next to a name. */
export function RoleMark({ role }: { role: Role }) {
  if (role === "viewer") return null;
  const [Icon, text] =
    role === "host" ? ([Crown, t("Host")] as const) : ([Shield, t("Co-host")] as const);
  return (
    <span class={css.mark} title={text}>
      <Icon size={14} aria-hidden="true" />
      <span class="visually-hidden">{text}</span>
    </span>
  );
}
