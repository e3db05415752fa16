import { expect, it } from 'vitest';
import { vethNames } from './veth-name.ts';

it('keeps seven characters of the container ID', () => {
  expect(vethNames('9f8e7d6c5b4a')).toEqual({
    host: 'vethwepl9f8e7d6',
    container: 'vethwepg9f8e7d6',
  });
});

it('keeps all of an ID of a few characters', () => {
  expect(vethNames('12345').host).toBe('vethwepl12345');
});

it('fits the longest device name that Linux allows', () => {
  expect(vethNames('0'.repeat(64)).host).toHaveLength(15);
});
