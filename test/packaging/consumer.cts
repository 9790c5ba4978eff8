// Compiled, never run: a CommonJS module in TypeScript that requires the installed package with every check switched on.
import sluice = require('sluice');
import frame = require('sluice/frame');

const server = new sluice.WebSocketServer({ port: 0 });
server.on('connection', (socket) => socket.send('welcome'));

export const opcode: number = frame.Opcode.Text;
export type { used } from './written-for-ws.cjs';
