// What a listener of the application throws ends in the process. A test that throws on purpose listens there itself, and
// vitest does not.

/** Runs `cause` and resolves with the first `count` exceptions that nobody caught. */
export async function uncaughtExceptions(count: number, cause: () => void): Promise<Error[]> {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const errors: Error[] = [];
  try {
    await new Promise<void>((resolve) => {
      process.on('uncaughtException', (error) => {
        errors.push(error);
        if (errors.length === count) resolve();
      });
      cause();
    });
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  return errors;
}
