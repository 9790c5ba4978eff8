import { Conversation } from './conversation';

export default function Page() {
  return (
    <main>
      <h1>The lobby</h1>
      <Conversation />
    </main>
  );
}
