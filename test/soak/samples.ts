// What is measured: the names and units of every figure of the server's process.

/** Of the process, at one moment. Sizes in bytes. */
export interface Figures {
  readonly rss: number;
  readonly heapUsed: number;
  /** Memory of V8's objects outside its heap, `arrayBuffers` included. */
  readonly external: number;
  readonly arrayBuffers: number;
  /** Microseconds of CPU so far, all threads. */
  readonly cpu: number;
  /** `bufferedAmount` of all clients. */
  readonly owed: number;
  /** `server.clients.size`. */
  readonly clients: number;
  /** Deadlines that wait in the clock that all connections share. */
  readonly clock: number;
  /** WebSockets so far: let in, closed, and found by the collector to be needed by nobody. */
  readonly opened: number;
  readonly closed: number;
  readonly collected: number;
  /** Messages so far. */
  readonly received: number;
  readonly sent: number;
}

/** How late the event loop was, in milliseconds, since the sample before. */
export interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Counted from outside, so that the server is not kept busy by it: the entries of its /proc/PID/fd. */
export interface Descriptors {
  /** `undefined` where there is no /proc. */
  readonly descriptors: number | undefined;
}

/** Taken every second. */
export interface Sample extends Figures, Descriptors {
  /** Seconds since the first guest came to the soak. */
  readonly at: number;
}

/** Taken more rarely, right after a full garbage collection. */
export interface SettledSample extends Sample, Delay {
  /** Closed WebSockets so far, by their code. */
  readonly codes: Readonly<Record<number, number>>;
}

/** Of the server while nobody is there. */
export interface Rest extends SettledSample {
  /** Sockets that keep the process busy. */
  readonly sockets: number;
  readonly rooms: number;
}
