// Runs in the page: reads event streams to their ends. Answers the events of each.
async (streams) => {
  const read = ({ path, types }) =>
    new Promise((resolve) => {
      const events = [];
      const source = new EventSource(path);
      for (const wanted of types) {
        source.addEventListener(wanted, ({ type, data, lastEventId }) => events.push({ type, data, lastEventId }));
      }
      // The stream is over: it would be asked for again.
      source.onerror = () => {
        source.close();
        resolve(events);
      };
    });
  return await Promise.all(streams.map(read));
};
