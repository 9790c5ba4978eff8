// The queues of asynchronous compression jobs, one for each `concurrencyLimit` in the process: servers and clients share
// them, because the threads and the memory behind them are shared too.
import { JobQueue } from '../deflate/index.ts';

const queues = new Map<number, JobQueue>();

/** The queue of everybody with this limit. @throws RangeError when it is no limit. */
export function compressionJobs(limit: number): JobQueue {
  let queue = queues.get(limit);
  if (queue === undefined) {
    queue = new JobQueue(limit);
    queues.set(limit, queue);
  }
  return queue;
}
