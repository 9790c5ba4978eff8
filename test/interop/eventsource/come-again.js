// Runs in the page: reads events from one address, however often the stream ends, until one says so.
(path) =>
  new Promise((resolve) => {
    const data = [];
    const source = new EventSource(path);
    source.onmessage = (event) => {
      data.push(event.data);
      if (event.data !== 'last') return;
      source.close();
      resolve(data);
    };
  });
