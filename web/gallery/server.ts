// Replaces the server: answers fetch from a table of "METHOD path" to a reply.

export type Replies = Record<string, { status?: number; body: unknown } | "never">;

export function answer(replies: Replies): void {
  window.fetch = async (input, init) => {
    const path = new URL(String(input), location.href).pathname.replace("/api/v1", "");
    const reply = replies[`${init?.method ?? "GET"} ${path}`];
    if (reply === "never") return new Promise<Response>(() => {});
    if (!reply) throw new TypeError(`nothing answers ${path}`);
    return new Response(JSON.stringify(reply.body), { status: reply.status ?? 200 });
  };
}
