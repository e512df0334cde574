// Node's TLS stack: "server ADDRESS PORT" or "client ADDRESS PORT", options as JSON.
const fs = require("fs");
const https = require("https");

const [role, address, port, text] = process.argv.slice(2);
const options = JSON.parse(text);
for (const name of ["cert", "key", "ca"]) {
  if (options[name]) options[name] = fs.readFileSync(options[name]);
}
const logKeys = (line) => {
  if (process.env.SSLKEYLOGFILE) fs.appendFileSync(process.env.SSLKEYLOGFILE, line);
};

if (role === "server") {
  const server = https.createServer(options, (request, response) => {
    console.log(`${request.method} ${request.url} authorized=${request.socket.authorized}`);
    response.end("welcome\n");
  });
  server.on("keylog", logKeys);
  server.on("tlsClientError", (error) => console.log("tlsClientError", error));
  server.listen(Number(port), address);
} else {
  const request = https.request(
    { ...options, host: address, port, servername: "shop.example", path: "/", agent: false },
    (response) => {
      console.log(response.statusCode, response.statusMessage);
      response.pipe(process.stdout);
    },
  );
  request.on("socket", (socket) => socket.on("keylog", logKeys));
  request.on("error", (error) => console.log(error));
  request.end();
}
