// Runs in the page: answers 'open', or the close code of a connection that could not be opened.
(url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve('open');
    socket.onclose = (event) => resolve(event.code);
  });
