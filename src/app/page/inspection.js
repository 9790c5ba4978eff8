// The second connection of the page, over which the server shows what passes on the first. It is never shown itself.

/** Events, each a CustomEvent: `entry`, `state` {rtt, bufferedAmount}, `closed`. */
export class Inspection extends EventTarget {
  #socket;

  /** @param {string} id the secret that AUTH_OK told */
  constructor(id) {
    super();
    const url = new URL('/inspect', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('connection', id);
    this.#socket = new WebSocket(url, 'sluice.v1');
    this.#socket.addEventListener('message', (event) => {
      const message = JSON.parse(event.data);
      this.dispatchEvent(new CustomEvent(message.type.toLowerCase(), { detail: message }));
    });
    // What it costs to go there and back is known without having to ask for it.
    this.#socket.addEventListener('open', () => this.ping());
  }

  /** Has the server send a Ping on the first connection. A page cannot: no browser lets it. */
  ping() {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send('{"type":"PING"}');
  }

  close() {
    this.#socket.close();
  }
}
