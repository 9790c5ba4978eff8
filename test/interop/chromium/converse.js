// Runs in the page: sends every kind of message, compares what comes back, says goodbye. Answers what it saw.
async (size) => {
  const socket = new WebSocket(location.href.replace('http', 'ws'), ['chat.v1', 'chat.v2']);
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('the connection could not be opened'));
  });
  const answer = (message) =>
    new Promise((resolve) => {
      socket.onmessage = (event) => resolve(event.data);
      socket.send(message);
    });
  const equal = [];
  for (const text of ['', 'Schleuse', 'шлюз 水門 🌊'.repeat(1_000), 'x'.repeat(size)]) {
    equal.push((await answer(text)) === text);
  }
  for (const length of [0, 125, 126, 65_535, 65_536, size]) {
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += 65_536) {
      crypto.getRandomValues(bytes.subarray(start, Math.min(length, start + 65_536)));
    }
    const back = new Uint8Array(await answer(bytes.buffer));
    equal.push(back.length === length && back.every((byte, index) => byte === bytes[index]));
  }
  equal.push(new TextDecoder().decode(await answer(new Blob(['in a', ' blob']))) === 'in a blob');
  const { protocol, extensions } = socket;
  const closed = new Promise((resolve) => {
    socket.onclose = resolve;
  });
  socket.close(4_001, 'fin');
  const { code, reason, wasClean } = await closed;
  return { equal, protocol, extensions, code, reason, wasClean };
};
