// Holds the list of requirements against the citations: what is cited must exist, and what binds an endpoint must have code
// that keeps it and a test that proves it, or a reason why not.
// @ts-check

/**
 * @param {readonly import('./list.mjs').Requirement[]} requirements
 * @param {readonly import('./citations.mjs').Citation[]} citations
 * @returns {string[]} one line for each problem
 */
export function complaintsAbout(requirements, citations) {
  const problems = [];
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]));
  for (const { id, path, line } of citations) {
    if (!known.has(id)) problems.push(`${path}:${line}: there is no ${id}`);
  }
  for (const requirement of requirements) {
    const { id, level, concerns, reason, binding, ourBusiness } = requirement;
    const cited = citations.filter((citation) => citation.id === id);
    const inCode = cited.some((citation) => !citation.isTest);
    const inTest = cited.some((citation) => citation.isTest);
    const what = `${id} (${level}, ${concerns.join(', ')})`;
    if (!ourBusiness) {
      if (reason !== undefined) problems.push(`${what} concerns no endpoint, and needs no reason not to be done`);
      if (inCode || inTest) problems.push(`${what} concerns no endpoint, and is cited`);
    } else if (reason !== undefined && reason.kind !== 'in part') {
      if (inCode) problems.push(`${what} is done after all, and has a reason not to be`);
    } else {
      if (!inCode) problems.push(`${what} has no line that implements it`);
      if (binding && !inTest) problems.push(`${what} has no test that proves it`);
    }
  }
  return problems;
}
