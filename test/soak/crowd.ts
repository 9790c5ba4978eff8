// A process full of guests. Each lives one life after the other, with a short absence between them, until it is told that
// it is time to leave; then each leaves in the way of its own.
import { answerQuestions } from '../../bench/answering.mjs';
import { Chance } from './chance.ts';
import { type CrowdProgress, type CrowdSettings, Hall } from './hall.ts';
import { type Library, livePolitely } from './polite-guest.ts';
import { liveRudely, RUDE_LIVES, type RudeLife } from './rude-guest.ts';

/** How often a life is which, in a thousand. What is long (a handshake of ten seconds) is rare. */
const RUDE_SHARES: Readonly<Record<RudeLife, number>> = {
  'says nothing': 8,
  'stops in the handshake': 8,
  'breaks off in the handshake': 15,
  'does not wait for the 101': 15,
  'breaks off in a frame': 25,
  'breaks off in a message': 25,
  'resets among answers': 20,
  'is deaf': 20,
  'closes its half': 15,
  'breaks the rules': 20,
  'reads late': 3,
  'reads too late': 2,
};
const POLITE_SHARES: Readonly<Record<`${Library} ${'plain' | 'compressed'}`, number>> = {
  'sluice plain': 280,
  'sluice compressed': 140,
  'ws plain': 264,
  'ws compressed': 140,
};
const SHARES = { ...POLITE_SHARES, ...RUDE_SHARES };
type Life = keyof typeof SHARES;
/** The first guests live each life once, so that none is missing in a short soak. */
const EVERY_LIFE = Object.keys(SHARES) as Life[];

/** How long a guest is away between two lives, as a part of one. */
const ABSENCE = 0.02;

let hall: Hall | undefined;

async function come(place: Hall, index: number): Promise<void> {
  const { settings, progress } = place;
  const chance = new Chance(settings.seed + settings.index * 1_000_003 + index * 7_919);
  progress.present++;
  await place.pause((settings.arrival * index) / settings.guests);
  let life: Life = EVERY_LIFE[index] ?? chance.pick(SHARES);
  while (!place.isLeaving) {
    progress.lives[life] = (progress.lives[life] ?? 0) + 1;
    const room = Math.floor(index / settings.roomSize);
    if (life in RUDE_LIVES) await liveRudely(place, chance, life as RudeLife, room);
    else {
      const [library, manner] = life.split(' ') as [Library, string];
      await livePolitely(place, chance, library, manner === 'compressed', room);
    }
    await place.pause(chance.around(settings.life * ABSENCE));
    life = chance.pick(SHARES);
  }
  progress.present--;
}

answerQuestions({
  begin: (settings: CrowdSettings) => {
    const place = new Hall(settings);
    hall = place;
    for (let index = 0; index < settings.guests; index++) {
      come(place, index).catch((error: Error) => {
        place.progress.present--;
        place.complain(`a guest came to grief: ${error.stack}`);
      });
    }
  },
  progress: (): CrowdProgress | undefined => hall?.progress,
  leave: () => hall?.leave(),
  end: () => {
    setImmediate(() => process.exit());
  },
});
