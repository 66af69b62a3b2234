// A relay on ws: every message to every socket. Its first argument is a listening socket.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    for (const each of sockets.clients) {
      each.send(data, { binary: false });
    }
  });
});
http.listen({ fd: Number(process.argv[2]) });
