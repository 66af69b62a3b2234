import { t } from "../../language/t";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { ProgressBar } from "../../ui/ProgressBar";
import { stepText, useJob } from "../video/processing";
import { STATUS } from "./labels";
import css from "./VideoCard.module.css";
import { videos } from "./videos";

/** The conversion progress of a video, over its poster. */
export function CardProgress({ video }: { video: VideoOut }) {
  const [{ value: job }] = useJob(video, () => {
    // A failure leaves the card as it is.
    library.video(video.id).then(
      (changed) => videos.put(changed),
      () => {},
    );
  });
  const works = job?.status === "processing";
  return (
    <>
      <span class={css.badge}>{works ? stepText(job) : STATUS[video.status]}</span>
      {works && (
        <div class={css.progress}>
          <ProgressBar label={t("Processing")} percent={job.progress * 100 || null} />
        </div>
      )}
    </>
  );
}
