// The child's end of the line between the benchmark and its processes: one answer to each question, in their order of
// coming. A child whose parent is gone ends.
// @ts-check

/** @typedef {{ id: number, ask: string, argument: unknown }} Question */
/** @typedef {{ id: number, result?: unknown, error?: string | undefined }} Answer */

/**
 * @param {Record<string, (argument: never) => unknown>} answers by the name of the question
 */
export function answerQuestions(answers) {
  process.on('message', async (/** @type {Question} */ { id, ask, argument }) => {
    /** @type {Answer} */
    const answer = { id };
    try {
      answer.result = await answers[ask]?.(/** @type {never} */ (argument));
    } catch (error) {
      answer.error = error instanceof Error ? error.message : String(error);
    }
    process.send?.(answer);
  });
  process.on('disconnect', () => process.exit());
}
