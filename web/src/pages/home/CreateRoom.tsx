import { useSignal } from "@preact/signals";
import { ChevronRight } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../language/t";
import { ApiError, api } from "../../net/api";
import type { RoomOut } from "../../rest.gen";
import { tidyLine } from "../../text";
import { Button } from "../../ui/Button";
import { CheckedForm } from "../../ui/CheckedForm";
import { notify } from "../../ui/notices";
import { withAccount } from "../account";
import { ChosenVideo, isCancelled } from "../chosenVideo";
import formCss from "../Form.module.css";
import { failureText } from "../failure";
import { enterNewRoom, newRoomName } from "../newRoom";
import { ROOM_NAME_LENGTH, RoomFields, type RoomForm } from "../RoomFields";
import { VideoField } from "../VideoField";
import css from "./Home.module.css";

const FRESH: RoomForm = {
  name: "",
  visibility: "unlisted",
  entry: "open",
  password: "",
  capacity: 100,
};

/** The form of the home page: one field, and collapsed options with good defaults. */
export function CreateRoom() {
  const [video] = useState(() => new ChosenVideo());
  const form = useSignal(FRESH);
  const failed = useSignal<ApiError | null>(null);
  const busy = useSignal(false);
  // An upload may take minutes, and the visitor may open other pages meanwhile.
  const isHere = useRef(true);
  useEffect(
    () => () => {
      isHere.current = false;
    },
    [],
  );
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    failed.value = null;
    try {
      const room = await withAccount(() => create(video, form.value));
      if (room && isHere.current) await enterNewRoom(room);
      else if (room)
        notify(
          t("Your room “{{name}}” is ready. Open it from the home page.", { name: room.name }),
        );
    } catch (error) {
      if (isCancelled(error)) return;
      if (!(error instanceof ApiError)) throw error;
      if (!isHere.current) notify(failureText(error));
      else if (!video.blame(error)) failed.value = error;
    } finally {
      busy.value = false;
    }
  };
  const errors = failed.value?.fields ?? {};
  return (
    <CheckedForm failure={failed.value ?? video.error.value} class={css.form} onSubmit={submit}>
      <VideoField video={video} label={t("Paste a link, or drop a video")} />
      <div class={css.submit}>
        {/* Open it if the browser reports an invalid field in it, or the button seems dead. */}
        <details
          class={css.options}
          onInvalidCapture={(event) => {
            event.currentTarget.open = true;
          }}
        >
          <summary>
            <ChevronRight class={css.turn} size={18} aria-hidden="true" />
            {t("Name, who can join, and more")}
          </summary>
          <div class={css.fields}>
            <RoomFields
              form={form.value}
              errors={errors}
              namePlaceholder={newRoomName(video.title)}
              onChange={(part) => {
                form.value = { ...form.value, ...part };
              }}
            />
          </div>
        </details>
        <Button kind="primary" type="submit" busy={busy.value}>
          {busy.value ? t("Creating the room…") : t("Create a room")}
        </Button>
      </div>
      {failed.value && (
        <p class={formCss.error} role="alert">
          {failureText(failed.value)}
        </p>
      )}
    </CheckedForm>
  );
}

async function create(video: ChosenVideo, form: RoomForm): Promise<RoomOut> {
  const choice = await video.choice();
  const { password, ...rest } = form;
  const name = tidyLine(form.name, ROOM_NAME_LENGTH) || newRoomName(video.title);
  const secret = form.entry === "password" ? { password } : {};
  return api.createRoom({ ...rest, ...secret, ...choice, name });
}
