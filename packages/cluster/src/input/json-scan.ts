const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSE_SQUARE = 0x5d;
const CLOSE_CURLY = 0x7d;

/** Scans JSON that is known to be well formed: offsets only, nothing is built. */

/** The first offset at or after `offset` that is not white space. */
export const skipSpace = (text: string, offset: number): number => {
  let at = offset;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
  return at;
};

/** The offset behind the string that opens at `offset`. */
const skipString = (text: string, offset: number): number => {
  let close = text.indexOf('"', offset + 1);
  for (; close >= 0; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
  return text.length;
};

/** The offset behind the value that starts at `offset`; the text's end when brackets stay open. */
export const skipValue = (text: string, offset: number): number => {
  let depth = 0;
  let at = offset;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === CLOSE_CURLY || code === CLOSE_SQUARE) {
      if (depth <= 1) return depth === 1 ? at + 1 : at;
      depth -= 1;
    } else if (depth === 0 && (code === COMMA || code <= 0x20)) return at;
    at += 1;
  }
  return at;
};

/** Where the members of the object (by name) or the items of the list (by index) at `offset` are written. */
export const childOffsets = (text: string, offset: number): Map<string | number, number> => {
  const children = new Map<string | number, number>();
  const isMap = text[offset] === '{';
  if (!isMap && text[offset] !== '[') return children;
  let at = skipSpace(text, offset + 1);
  for (let index = 0; at < text.length && !'}]'.includes(text.charAt(at)); index += 1) {
    let value = at;
    if (isMap) {
      const end = skipString(text, at);
      children.set(String(JSON.parse(text.slice(at, end))), at);
      value = skipSpace(text, skipSpace(text, end) + 1);
    } else {
      children.set(index, at);
    }
    at = skipSpace(text, skipValue(text, value));
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return children;
};

/** The offset of a member's value, given that of its name. */
export const valueOfMember = (text: string, nameOffset: number): number =>
  skipSpace(text, skipSpace(text, skipString(text, nameOffset)) + 1);
