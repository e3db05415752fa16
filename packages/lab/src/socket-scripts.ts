/**
 * Programs that run inside real namespaces, given to `node -e`. They are text because they are carried into another
 * process; they use nothing but Node.
 */

/** Arguments: `tcp:80 udp:53 …`. Accepts and answers with what it got; prints `ready` once all are open. */
export const SERVER = `
const net = require('node:net'), dgram = require('node:dgram');
const opening = process.argv.slice(1).map((spec) => new Promise((resolve, reject) => {
  const [protocol, port] = spec.split(':');
  if (protocol === 'tcp') {
    net.createServer((socket) => { socket.on('error', () => {}); socket.end('hello'); })
      .on('error', reject).listen({ port: Number(port), host: '::' }, resolve);
  } else {
    const socket = dgram.createSocket({ type: 'udp6' });
    socket.on('message', (data, from) => socket.send(data, from.port, from.address));
    socket.on('error', reject).bind(Number(port), resolve);
  }
}));
Promise.all(opening).then(() => console.log('ready'), (error) => { console.error(String(error)); process.exit(1); });
`;
