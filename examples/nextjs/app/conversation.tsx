'use client';
// Reads the room by an EventSource, and says something in it by fetch.
import { type FormEvent, useEffect, useState } from 'react';

interface Message {
  readonly id: string;
  readonly content: string;
}

export function Conversation() {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [isOpen, setOpen] = useState(false);

  useEffect(() => {
    const source = new EventSource('/api/stream');
    source.onopen = () => setOpen(true);
    // It comes back by itself, behind the last id that it has seen.
    source.onerror = () => setOpen(false);
    source.addEventListener('MESSAGE', ({ data }) => {
      const message = JSON.parse(data) as Message;
      setMessages((before) => [...before, message]);
    });
    // Events were lost to this client, because it was away for too long: it should load anew what it shows.
    source.addEventListener('GAP', () => setMessages([]));
    return () => source.close();
  }, []);

  async function publish(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const content = new FormData(form).get('content');
    const response = await fetch('/api/publish', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ content }),
    });
    if (response.ok) form.reset();
  }

  return (
    <>
      <p role="status">{isOpen ? 'connected' : 'connecting'}</p>
      <ol aria-label="Messages">
        {messages.map(({ id, content }) => (
          <li key={id}>{content}</li>
        ))}
      </ol>
      <form onSubmit={publish}>
        <label>
          Message <input name="content" required maxLength={10_000} autoComplete="off" />
        </label>{' '}
        <button type="submit">Send</button>
      </form>
    </>
  );
}
