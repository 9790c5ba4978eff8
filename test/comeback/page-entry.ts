// What a page of the tests is given: the client as pages have it, and its witnesses, by the name `witnesses`.
import { poll, ResilientWebSocket, sse, websocket } from '../../src/resilient/index.ts';
import { Witnesses } from './witnesses.ts';

Object.assign(globalThis, { witnesses: new Witnesses(ResilientWebSocket, [websocket, sse, poll]) });
