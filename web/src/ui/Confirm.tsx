import { t } from "../language/t";
import { Button } from "./Button";
import css from "./Confirm.module.css";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  text: string;
  /** The text of the button: what it does, not "OK". */
  action: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks for confirmation of an action that cannot be undone. The focus is on Cancel. */
export function Confirm(props: Props) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p>{props.text}</p>
      <div class={css.actions}>
        <Button onClick={props.onClose} data-focus>
          {t("Cancel")}
        </Button>
        <Button
          kind={props.danger ? "danger" : "primary"}
          busy={props.busy ?? false}
          onClick={props.onConfirm}
        >
          {props.action}
        </Button>
      </div>
    </Dialog>
  );
}
