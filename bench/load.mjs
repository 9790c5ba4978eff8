// The process of the load generator. It lives as long as the benchmark, so that it is warm; each measurement gets a new
// load of the kind its row names.
// @ts-check
import { answerQuestions } from './answering.mjs';
import { EchoLoad } from './load/echo.mjs';
import { FanoutLoad } from './load/fanout.mjs';
import { HandshakeLoad } from './load/handshake.mjs';
import { HttpLoad } from './load/http.mjs';
import { IdleLoad } from './load/idle.mjs';
import { RoomLoad } from './load/room.mjs';

const LOADS = {
  echo: EchoLoad,
  fanout: FanoutLoad,
  handshake: HandshakeLoad,
  idle: IdleLoad,
  http: HttpLoad,
  room: RoomLoad,
};

/** The load of the present measurement. */
/** @type {InstanceType<typeof LOADS[keyof typeof LOADS]> | undefined} */
let load;

/** @param {string} question */
function present(question) {
  if (load === undefined || !(question in load)) throw new Error(`there is no load that could ${question}`);
  return /** @type {any} */ (load);
}

answerQuestions({
  prepare: (/** @type {any} */ settings) => {
    load = new LOADS[/** @type {import('./rows.mjs').Row} */ (settings.row).load](settings);
  },
  start: () => present('start').start(),
  open: (/** @type {number} */ count) => present('open').open(count),
  mark: () => {
    const { user, system } = process.cpuUsage();
    return { ...present('mark').mark(), at: performance.now(), cpu: user + system };
  },
  stop: async () => {
    const stopped = await present('stop').stop();
    load = undefined;
    return stopped;
  },
  /** Of the benchmark. */
  end: () => {
    setImmediate(() => process.exit());
  },
});
