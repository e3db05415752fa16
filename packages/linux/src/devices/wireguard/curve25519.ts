const PRIME = (1n << 255n) - 19n;
const A24 = 121_665n;
const BASE_POINT = 9n;
const KEY_BYTES = 32;

/** The public key that goes with a private one (RFC 7748, 5 and 6.1). Both are little-endian, 32 bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return bytesOf(multiply(scalarOf(privateKey), BASE_POINT));
}

/** Clamped: a multiple of 8, its highest bit the 254th. */
function scalarOf(bytes: Uint8Array): bigint {
  const number = numberOf(bytes) & ((1n << 255n) - 1n);
  return (number & ~7n & ((1n << 254n) - 1n)) | (1n << 254n);
}

/** Montgomery's ladder over the u-coordinates. */
function multiply(scalar: bigint, u: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n];
  let swapped = false;
  for (let bit = 254n; bit >= 0n; bit--) {
    const set = ((scalar >> bit) & 1n) === 1n;
    if (set !== swapped) [x2, x3, z2, z3] = [x3, x2, z3, z2];
    swapped = set;
    const a = x2 + z2;
    const b = x2 - z2;
    const aa = reduce(a * a);
    const bb = reduce(b * b);
    const e = aa - bb;
    const da = reduce((x3 - z3) * a);
    const cb = reduce((x3 + z3) * b);
    x3 = reduce((da + cb) ** 2n);
    z3 = reduce(u * reduce((da - cb) ** 2n));
    x2 = reduce(aa * bb);
    z2 = reduce(e * (aa + A24 * e));
  }
  if (swapped) [x2, z2] = [x3, z3];
  return reduce(x2 * power(z2, PRIME - 2n));
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = reduce(result * square);
    square = reduce(square * square);
  }
  return result;
}

const reduce = (number: bigint): bigint => {
  const rest = number % PRIME;
  return rest < 0n ? rest + PRIME : rest;
};

const numberOf = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);

const bytesOf = (number: bigint): Uint8Array =>
  Uint8Array.from({ length: KEY_BYTES }, (_, at) => Number((number >> BigInt(8 * at)) & 0xffn));
