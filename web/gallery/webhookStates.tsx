// The states of the page of webhooks.

import type { VNode } from "preact";
import { identity } from "../src/pages/account";
import { WebhooksPage } from "../src/pages/webhooks/WebhooksPage";
import type { DeliveryOut, UserOut, WebhookOut } from "../src/rest.gen";
import { GUEST, MEMBER } from "./people";
import { answer, type Replies } from "./server";
import { afterwards, press, send, write } from "./steps";

type Show = () => VNode;

const WEBHOOKS: WebhookOut[] = [
  {
    id: "1",
    url: "https://films.example.org/hooks/streamit",
    events: ["video.ready", "video.failed"],
    of_everybody: false,
    created_at: "2026-11-01T18:00:00Z",
    gone_at: null,
  },
  {
    id: "2",
    url: "https://automation.example.org/api/webhooks/9f8e7d6c5b4a39281706f5e4d3c2b1a0/incoming/streamit-of-the-living-room",
    events: ["video.playable", "video.ready", "video.failed", "room.started", "room.ended"],
    of_everybody: true,
    created_at: "2026-11-20T18:00:00Z",
    gone_at: "2026-11-28T09:12:00Z",
  },
];

const DELIVERED: DeliveryOut = {
  id: "1",
  event: "video.ready",
  status: "delivered",
  attempts: 1,
  answer_status: 204,
  answer: "",
  created_at: "2026-11-29T18:00:00Z",
  tried_at: "2026-11-29T18:00:00Z",
  next_try_at: null,
};
const DELIVERIES: DeliveryOut[] = [
  {
    ...DELIVERED,
    id: "4",
    status: "pending",
    attempts: 0,
    answer_status: null,
    tried_at: null,
    next_try_at: "2099-11-29T18:00:00Z",
  },
  {
    ...DELIVERED,
    id: "3",
    status: "pending",
    attempts: 3,
    answer_status: 503,
    answer: `<html><head><title>503 Service Temporarily Unavailable</title></head>${"x".repeat(200)}`,
    next_try_at: "2099-11-29T18:30:00Z",
  },
  {
    ...DELIVERED,
    id: "2",
    event: "video.failed",
    status: "failed",
    attempts: 10,
    answer_status: null,
    answer: "The address leads to a machine that is not on the public internet.",
  },
  DELIVERED,
];

const LIST: Replies = { "GET /webhooks": { body: { webhooks: WEBHOOKS } } };
const DOWN = {
  status: 503,
  body: {
    error: {
      code: "unavailable",
      message: "The database is away just now. Try again in a moment.",
    },
  },
};
const MADE = {
  status: 201,
  body: { ...WEBHOOKS[0], id: "3", secret: `whsec_${"k3Jx9mUe0Yq7".repeat(3)}` },
};

function page(user: UserOut | null, replies: Replies, ...steps: (() => void)[]): Show {
  return () => {
    identity.is(user);
    answer(replies);
    afterwards(...steps);
    return <WebhooksPage />;
  };
}

function deliveries(reply: Replies[string]): Show {
  const replies = { ...LIST, "GET /webhooks/1/deliveries": reply };
  return page(MEMBER, replies, () => press("Deliveries"));
}

const add = () => press("Add webhook");

export const WEBHOOK_STATES: Record<string, Show> = {
  webhooks: page(MEMBER, LIST),
  "webhooks-empty": page(MEMBER, { "GET /webhooks": { body: { webhooks: [] } } }),
  "webhooks-loading": page(MEMBER, { "GET /webhooks": "never" }),
  "webhooks-error": page(MEMBER, { "GET /webhooks": DOWN }),
  "webhooks-guest": page(GUEST, {}),
  "webhooks-nobody": page(null, {}),
  "webhooks-new": page(MEMBER, LIST, add),
  "webhooks-wrong": page(
    MEMBER,
    {
      ...LIST,
      "POST /webhooks": {
        status: 422,
        body: {
          error: {
            code: "invalid",
            message: "Some fields are wrong.",
            fields: { url: "The address names a port that is not for the web." },
          },
        },
      },
    },
    add,
    () => write("dialog input", "https://films.example.org:22/hook"),
    send,
  ),
  "webhooks-secret": page(
    MEMBER,
    { ...LIST, "POST /webhooks": MADE },
    add,
    () => write("dialog input", "https://films.example.org/hooks/streamit"),
    send,
  ),
  "webhooks-deliveries": deliveries({ body: { deliveries: DELIVERIES } }),
  "webhooks-deliveries-none": deliveries({ body: { deliveries: [] } }),
  "webhooks-deliveries-loading": deliveries("never"),
  "webhooks-deliveries-error": deliveries(DOWN),
  "webhooks-replace": page(MEMBER, LIST, () => press("New secret")),
  "webhooks-remove": page(MEMBER, LIST, () => press(`Remove ${WEBHOOKS[0]?.url}`)),
};
