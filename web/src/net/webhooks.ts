// The REST interface of the visitor's webhooks, typed.

import type {
  DeliveryList,
  DeliveryOut,
  Event,
  WebhookIn,
  WebhookList,
  WebhookMade,
  WebhookOut,
} from "../rest.gen";
import { get, post, request } from "./request";

const webhookPath = (id: string): string => `/webhooks/${encodeURIComponent(id)}`;

export const webhooks = {
  all: async (): Promise<WebhookOut[]> => (await get<WebhookList>("/webhooks")).webhooks,
  /** `events` must not be empty. */
  add: (
    url: string,
    events: readonly Event[],
    { ofEverybody }: { ofEverybody: boolean },
  ): Promise<WebhookMade> =>
    post("/webhooks", {
      url,
      events: events as WebhookIn["events"],
      of_everybody: ofEverybody,
    } satisfies WebhookIn),
  remove: (id: string): Promise<void> => request("DELETE", webhookPath(id)),
  replaceSecret: (id: string): Promise<WebhookMade> => post(`${webhookPath(id)}/secret`),
  deliveries: async (id: string): Promise<DeliveryOut[]> =>
    (await get<DeliveryList>(`${webhookPath(id)}/deliveries`)).deliveries,
  sendTest: (id: string): Promise<DeliveryOut> => post(`${webhookPath(id)}/test`),
  sendAgain: (id: string, delivery: string): Promise<DeliveryOut> =>
    post(`${webhookPath(id)}/deliveries/${encodeURIComponent(delivery)}/replay`),
};
