import type { LinkAdd, LinkSet } from '../commands.ts';
import { refusal } from './refuse.ts';

const SMALLEST = 68;
const LARGEST = 65_535;
/** The Ethernet header has to fit in as well. */
const LARGEST_OF_TAP = LARGEST - 14;

/** Refuses with EINVAL what the kernel takes for too small or too large (`dev_validate_mtu`). */
export function checkMtu(command: LinkAdd | LinkSet, mtuBytes: number, isTap = false): void {
  if (mtuBytes < SMALLEST) {
    throw refusal(command, 'EINVAL', `mtu ${mtuBytes} less than device minimum`);
  }
  if (mtuBytes > (isTap ? LARGEST_OF_TAP : LARGEST)) {
    throw refusal(command, 'EINVAL', `mtu ${mtuBytes} greater than device maximum`);
  }
}
