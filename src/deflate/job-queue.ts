// At most so many asynchronous zlib jobs at one time, first come, first served. zlib's memory is taken when a job
// starts, so a limit on jobs is a limit on memory. There is no instance here: whoever owns the process makes one and
// passes it to every `Deflater` and `Inflater`.

/** Something that waits for its turn. */
export interface Job {
  /**
   * The turn of a job that had to wait has come. Called at most once, when another job leaves; never inside
   * {@link JobQueue.enter}, so whoever enters is not answered before it knows that it has asked.
   */
  start(): void;
}

/**
 * A fair queue with a limit. An endpoint never has more than one job of each kind, so first come, first served is
 * round robin over connections: no connection can make another wait for more than one of its messages.
 */
export class JobQueue {
  readonly #limit: number;
  readonly #running = new Set<Job>();
  /** A Set keeps insertion order and forgets a cancelled job in constant time. */
  readonly #waiting = new Set<Job>();

  /**
   * @param limit - jobs at one time: an integer of at least 1, or `Infinity`
   * @throws RangeError for anything else
   */
  constructor(limit: number) {
    if (!(Number.isInteger(limit) || limit === Infinity) || limit < 1) {
      throw new RangeError(`the limit of a JobQueue must be an integer of at least 1, or Infinity, got ${limit}`);
    }
    this.#limit = limit;
  }

  /** How many jobs may run at one time. */
  get limit(): number {
    return this.#limit;
  }

  /** How many jobs have had their turn and have not left. */
  get running(): number {
    return this.#running.size;
  }

  /** How many jobs stand in line. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place among the running jobs when there is one, else stands in line.
   *
   * @param job - a job that is not in the queue
   * @returns `true`: it is this job's turn, begin now; `false`: wait, its `start` will be called
   * @throws TypeError when it is in the queue already
   */
  enter(job: Job): boolean {
    if (this.#running.has(job) || this.#waiting.has(job)) throw new TypeError('this job is in the queue already');
    if (this.#running.size >= this.#limit) {
      this.#waiting.add(job);
      return false;
    }
    this.#running.add(job);
    return true;
  }

  /**
   * The job is done, failed, or no longer wanted, whether its turn had come or not. Its place goes to the next in line,
   * whose `start` is called here. A job that is not in the queue is passed over, so every path that ends a job may say so.
   *
   * @param job - the job to forget
   */
  leave(job: Job): void {
    if (this.#waiting.delete(job) || !this.#running.delete(job)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#running.add(next);
    next.start();
  }
}
