/**
 * The look-ups of compiled policies in C, over the very same tables: what the machine allows. Reads what
 * `timePolicyInC` writes, and prints nanoseconds a verdict, median and 99th percentile of whole rounds, and the verdicts.
 */
export const C_POLICY_SOURCE = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_ROUNDS = 1 << 20 };
enum { ENDS, FLAGS, END_MASK, IDENTITIES, PROTOCOLS, CLASSES, SETS, SET_WORDS };
#define SIGN 0x80000000u
#define NUMBER 0x7fffffffu
#define SPREAD 0x85ebca6bu
#define ASK 0x20000000u
#define GONE 0x10000000u
#define LOCATION 0x0fffffffu

static inline uint32_t find_bit(const uint32_t *words, const uint32_t *class_sets,
                                const uint32_t *row, uint32_t other, uint32_t kind) {
  uint32_t place = row[0];
  const uint32_t *cell = words + 2 * (size_t)((place >> 5) + ((other * SPREAD) >> (place & 31)));
  while ((cell[0] & SIGN) && (cell[0] & NUMBER) != other) cell += 2;
  uint32_t set = *((cell[0] & NUMBER) == other ? cell + 1 : row + 1 + kind);
  return (class_sets[set >> 5] >> (set & 31)) & 1;
}

static void judge(const uint32_t *restrict words, uint32_t count, const uint32_t *restrict from,
                  const uint32_t *restrict to, const uint16_t *restrict port,
                  const uint8_t *restrict protocol, uint8_t *restrict out) {
  const uint32_t *ends = words + words[ENDS], *flags = words + words[FLAGS];
  const uint32_t *identities = words + words[IDENTITIES];
  const uint32_t *protocols = words + words[PROTOCOLS], *sets = words + words[SETS];
  const uint16_t *classes = (const uint16_t *)words + words[CLASSES];
  uint32_t end_mask = words[END_MASK], set_words = words[SET_WORDS];
  for (uint32_t at = 0; at < count; at++) {
    uint32_t source = from[at], target = to[at];
    if (((source ^ target) & 1) | ((source | target) & ~end_mask)) {
      out[at] = 0;
      continue;
    }
    uint32_t self = ends[source], other = ends[target], self_kind = 0, other_kind = 0;
    if ((self | other) & SIGN) {
      uint32_t self_flags = flags[source], other_flags = flags[target];
      uint32_t both = self_flags | other_flags;
      if (both & (ASK | GONE)) { out[at] = both & GONE ? 0 : 2; continue; }
      if ((both & SIGN) && ((self_flags ^ other_flags) & LOCATION) == 0) { out[at] = 1; continue; }
      self_kind = (self_flags >> 30) & 1;
      other_kind = (other_flags >> 30) & 1;
      self &= NUMBER;
      other &= NUMBER;
    } else if (source == target) {
      out[at] = 1;
      continue;
    }
    uint32_t entry = protocols[protocol[at]];
    uint32_t further = entry & SIGN ? port[at] : 0;
    const uint32_t *class_sets =
        sets + (size_t)classes[(entry & NUMBER) + further] * set_words;
    out[at] = find_bit(words, class_sets, identities + 8 * (size_t)self, other, other_kind) &
              find_bit(words, class_sets, identities + 8 * (size_t)other + 4, self, self_kind);
  }
}

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e9 + at.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static void *read_bytes(size_t size) {
  void *bytes = malloc(size + 1);
  if (bytes == NULL || fread(bytes, 1, size, stdin) != size) exit(1);
  return bytes;
}

int main(int argc, char **argv) {
  double until = now_ns() + (argc > 1 ? atof(argv[1]) : 100) * 1e6;
  uint32_t *head = read_bytes(8);
  uint32_t count = head[1];
  uint32_t *words = read_bytes(head[0]);
  uint32_t *from = read_bytes(4 * (size_t)count), *to = read_bytes(4 * (size_t)count);
  uint16_t *port = read_bytes(2 * (size_t)count);
  uint8_t *protocol = read_bytes(count), *out = malloc(count + 1);
  double *rounds = malloc(MOST_ROUNDS * sizeof *rounds);
  if (rounds == NULL || out == NULL) return 1;
  judge(words, count, from, to, port, protocol, out);
  int done = 0;
  do {
    double start = now_ns();
    judge(words, count, from, to, port, protocol, out);
    rounds[done++] = (now_ns() - start) / count;
  } while (done < MOST_ROUNDS && now_ns() < until);
  qsort(rounds, done, sizeof *rounds, by_size);
  printf("%f %f ", rounds[done / 2], rounds[(int)(done * 0.99)]);
  for (uint32_t at = 0; at < count; at++) putchar('0' + out[at]);
  return 0;
}
`;
