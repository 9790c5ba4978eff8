import { expect, test } from 'vitest';
import { isReserved } from '../../src/frame/index.ts';
import { hexDigit, nameOpcode } from '../../src/inspect/opcode-name.ts';

const ALL = Array.from({ length: 16 }, (_, opcode) => opcode);

test.each(ALL)('opcode %i has a name, a meaning and a section', (opcode) => {
  const { title, meaning, section } = nameOpcode(opcode);
  expect(title.startsWith('Reserved')).toBe(isReserved(opcode));
  expect(meaning).not.toBe('');
  expect(section).toMatch(/^RFC 6455 §5\.\d/);
});

test('reserved opcodes say whether control frames or data frames would have them', () => {
  expect(nameOpcode(0x3)).toMatchObject({ title: 'Reserved 0x3', meaning: expect.stringContaining('data frames') });
  expect(nameOpcode(0xb)).toMatchObject({ title: 'Reserved 0xB', meaning: expect.stringContaining('control frames') });
});

test('an opcode is written as the RFC writes it', () => {
  expect(hexDigit(10)).toBe('0xA');
});
