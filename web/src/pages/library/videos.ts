// The list of the visitor's videos. It is kept while they open a video and come back.

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
