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

/** Arguments: protocol, address, port, local port, time limit in ms. Prints one word: what a socket sees. */
export const CLIENT = `
const net = require('node:net'), dgram = require('node:dgram');
const [protocol, host, port, localPort, limitMs] = process.argv.slice(1);
const end = (word) => { console.log(word); process.exit(0); };
const failed = (error) => end(error.code === 'ECONNREFUSED' ? 'refused'
  : ['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EINVAL'].includes(error.code) ? 'unreachable' : 'error ' + error.code);
setTimeout(() => end('silence'), Number(limitMs));
if (protocol === 'tcp') {
  net.connect({ host, port: Number(port), localPort: Number(localPort) }, () => end('answered')).on('error', failed);
} else {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', failed).on('message', () => end('answered'));
  socket.bind(Number(localPort), () => socket.connect(Number(port), host, (error) => {
    if (error) failed(error); else socket.send('x');
  }));
}
`;
