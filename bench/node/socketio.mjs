// A room on socket.io: every "say" to everyone in it. Its first argument is a listening socket.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
io.on("connection", (socket) => {
  socket.join("everyone");
  socket.on("say", (text) => io.to("everyone").emit("said", text));
});
http.listen({ fd: Number(process.argv[2]) });
