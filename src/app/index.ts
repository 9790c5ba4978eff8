// The whole server behind `npm start` and `sluice serve`.
export { App, createWebSocketServer } from './app.ts';
export { type AppOptions, type Inspection, isLoopback } from './options.ts';
