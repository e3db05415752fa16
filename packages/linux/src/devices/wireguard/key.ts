import type { WireguardKey } from '../../wireguard-commands.ts';
import { publicKeyOf } from './curve25519.ts';

/** 43 digits of base64, the last of which holds four bits. */
const FORM = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

export const isKey = (text: string): boolean => FORM.test(text);

/** The public key that goes with a private one. */
export function publicKeyFor(privateKey: WireguardKey): WireguardKey {
  const bytes = Uint8Array.from(atob(privateKey), (digit) => digit.charCodeAt(0));
  return btoa(String.fromCharCode(...publicKeyOf(bytes)));
}
