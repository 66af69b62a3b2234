// The one list of the visitor's videos: it stays while one looks at a video and comes back.

import { effect } from "@preact/signals";
import { VideoSearch } from "../../library/search";
import { library } from "../../net/library";
import { me } from "../account";

export const videos = new VideoSearch(library.videos);

let owner = me.peek()?.id;
effect(() => {
  const id = me.value?.id;
  if (id !== owner) videos.clear();
  owner = id;
});
