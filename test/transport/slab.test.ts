// The shared memory of outgoing frames: free from the front again when nobody reads any of it, and not before.
import { describe, expect, test } from 'vitest';
import { SLAB_SIZE, Slab, Tenancy } from '../../src/transport/slab.ts';

test('a slab says what fits behind what is in it', () => {
  const slab = new Slab(100);
  expect(slab.buffer).toHaveLength(100);
  expect(slab.fits(100)).toBe(true);
  expect(slab.fits(101)).toBe(false);
  slab.position = 60;
  expect(slab.fits(40)).toBe(true);
  expect(slab.fits(41)).toBe(false);
});

test('a slab is free from the front when the last of its regions is', () => {
  const slab = new Slab(100);
  for (let region = 0; region < 3; region++) slab.retain();
  slab.position = 90;
  slab.release(2);
  expect(slab.position).toBe(90);
  slab.release(1);
  expect(slab.position).toBe(0);
});

test('the shared slab holds the answers to a whole read of Node', () => {
  expect(SLAB_SIZE).toBe(65_536);
});

test('the memory of a slab is its own, and not of the pool that Buffers share', () => {
  expect(new Slab(64).buffer.buffer.byteLength).toBe(64);
});

describe('what an outbox has of the shared slab', () => {
  test('is free for others when it says so, and not before', () => {
    const [one, other] = [new Tenancy(), new Tenancy()];
    const slab = one.beginRegion(10);
    const start = slab.position;
    slab.position += 10;
    expect(other.beginRegion(10)).toBe(slab);
    slab.position += 10;
    expect([one.isOver, other.isOver]).toEqual([false, false]);
    one.end();
    expect(one.isOver).toBe(true);
    expect(slab.position).toBe(start + 20);
    other.end();
    expect(slab.position).toBe(0);
  });

  test('gives back nothing of the slab that has followed', () => {
    const [one, other] = [new Tenancy(), new Tenancy()];
    const full = one.beginRegion(SLAB_SIZE);
    full.position = SLAB_SIZE;
    const next = other.beginRegion(1);
    expect(next).not.toBe(full);
    next.position++;
    one.end();
    expect(next.position).toBe(1);
    other.end();
    expect(next.position).toBe(0);
  });
});
