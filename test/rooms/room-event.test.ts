import { expect, test } from 'vitest';
import { RoomEvent } from '../../src/rooms/room-event.ts';

function event(data: string, room = 'lobby'): RoomEvent {
  return new RoomEvent(JSON.stringify(room), 'e', { offset: 7, data, time: 0, except: undefined });
}

test('the text is what was published, and the room and the id', () => {
  expect(JSON.parse(event('{"type":"MESSAGE","text":"Fluß"}', 'a"b').text)).toEqual({
    type: 'MESSAGE',
    text: 'Fluß',
    roomId: 'a"b',
    id: 'e-7',
  });
  expect(event('{}').text).toBe('{"roomId":"lobby","id":"e-7"}');
});

test('whoever has written another id into the log is not believed', () => {
  expect(JSON.parse(event('{"id":"e-1","roomId":"other"}').text)).toEqual({ roomId: 'lobby', id: 'e-7' });
});

test('each form is made once, however many need it', () => {
  const made = event('{"number":1}');
  expect(made.message).toBe(made.message);
  expect(made.message.frame).toBe(made.message.frame);
  expect(made.eventStreamBytes).toBe(made.eventStreamBytes);
  expect(made.json).toBe(made.json);
});

test('an event stream has an event of its type', () => {
  expect(String(event('{"type":"MESSAGE"}').eventStreamBytes)).toBe(
    'event: MESSAGE\nid: e-7\ndata: {"type":"MESSAGE","roomId":"lobby","id":"e-7"}\n\n',
  );
});

test.each(['{}', '{"type":""}', '{"type":1}', '{"type":null}', '{"type":"a\\nid: x"}', '{"type":"a\\rb"}'])(
  'a type that is no line of text is none: %s',
  (data) => {
    const text = String(event(data).eventStreamBytes);
    expect(text).toMatch(/^id: e-7\ndata: .*\n\n$/);
  },
);

test('what somebody else has written to the log is passed on as it is', () => {
  expect(String(event('{not JSON}').eventStreamBytes)).toBe(
    'id: e-7\ndata: {not JSON,"roomId":"lobby","id":"e-7"}\n\n',
  );
});
