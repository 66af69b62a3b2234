import { Page } from "../Page";
import { CreateRoom } from "./CreateRoom";
import css from "./Home.module.css";
import { JoinByCode } from "./JoinByCode";
import { MyRooms } from "./MyRooms";
import { PublicRooms } from "./PublicRooms";

export function Home() {
  return (
    <Page title="Watch together">
      <section class={css.start} aria-labelledby="start">
        <h1 id="start" tabIndex={-1}>
          Watch together, at the same moment
        </h1>
        <CreateRoom />
      </section>
      <MyRooms />
      <JoinByCode />
      <PublicRooms />
    </Page>
  );
}
