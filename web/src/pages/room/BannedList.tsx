import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../language/t";
import { api } from "../../net/api";
import { roomMembers } from "../../net/members";
import type { MembersOut } from "../../rest.gen";
import { Button } from "../../ui/Button";
import { notify } from "../../ui/notices";
import { failureText } from "../failure";
import css from "./BannedList.module.css";
import { useRoom } from "./context";

/** The banned people, with buttons to lift the bans; empty if there are none. */
export function BannedList() {
  const { code } = useRoom();
  const banned = useSignal<MembersOut["banned"]>([]);
  useEffect(() => {
    // The settings work without this list, so hide it after a failure.
    roomMembers(code, { limit: "1" }).then(
      (people) => {
        banned.value = people.banned;
      },
      () => {},
    );
  }, [code]);
  const lift = async (id: string) => {
    try {
      await api.actOnMember(code, id, "unban");
      banned.value = banned.value.filter((person) => person.id !== id);
    } catch (error) {
      notify(failureText(error));
    }
  };
  if (banned.value.length === 0) return null;
  return (
    <section>
      <h3>{t("Banned")}</h3>
      <ul>
        {banned.value.map(({ id, name }) => (
          <li key={id} class={css.person}>
            <span class={css.name} dir="auto">
              {name}
            </span>
            <Button kind="quiet" onClick={() => lift(id)}>
              {t("Lift the ban")}
              <span class="visually-hidden">
                {" "}
                {t("of")} {name}
              </span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
