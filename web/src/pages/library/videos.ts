// The one list of the visitor's videos: it stays while one looks at a video and comes back.

import { effect } from "@preact/signals";
import { VideoList } from "../../library/list";
import { library } from "../../net/library";
import { me } from "../account";

export const videos = new VideoList(library.videos);

let owner = me.peek()?.id;
effect(() => {
  const id = me.value?.id;
  if (id !== owner) videos.clear();
  owner = id;
});
