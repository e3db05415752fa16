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
enum { ENDS, END_COUNT, IDENTITIES, PROTOCOLS, CLASSES, SETS, SET_WORDS };
#define NODE 0x80000000u
#define ASK 0x20000000u
#define GONE 0x10000000u
#define LOCATION 0x0fffffffu

static inline uint32_t find_set(const uint32_t *words, const uint32_t *row, uint32_t other,
                                uint32_t other_flags) {
  const uint32_t *cell = words + 2 * (size_t)(row[0] + (other & row[1]));
  for (;; cell += 2) {
    if (cell[0] == other) return cell[1];
    if (cell[0] == 0) return row[2 + ((other_flags >> 30) & 1)];
  }
}

static void judge(const uint32_t *restrict words, uint32_t count, const uint32_t *restrict from,
                  const uint32_t *restrict to, const uint16_t *restrict port,
                  const uint8_t *restrict protocol, uint8_t *restrict out) {
  const uint32_t *ends = words + words[ENDS], *identities = words + words[IDENTITIES];
  const uint32_t *protocols = words + words[PROTOCOLS], *sets = words + words[SETS];
  const uint16_t *classes = (const uint16_t *)words + words[CLASSES];
  uint32_t end_count = words[END_COUNT], set_words = words[SET_WORDS];
  for (uint32_t at = 0; at < count; at++) {
    uint32_t source = from[at], target = to[at], apart = source ^ target;
    if ((apart & 1) || source >= end_count || target >= end_count) { out[at] = 0; continue; }
    uint32_t self = ends[2 * source], self_flags = ends[2 * source + 1];
    uint32_t other = ends[2 * target], other_flags = ends[2 * target + 1];
    uint32_t flags = self_flags | other_flags;
    if (flags & (ASK | GONE)) { out[at] = flags & GONE ? 0 : 2; continue; }
    if (apart == 0 || (((self_flags ^ other_flags) & LOCATION) == 0 && (flags & NODE))) {
      out[at] = 1;
      continue;
    }
    const uint32_t *entry = protocols + 2 * protocol[at];
    const uint32_t *class_sets = sets + (size_t)classes[entry[0] + (port[at] & entry[1])] * set_words;
    uint32_t set = find_set(words, identities + 8 * (size_t)self, other, other_flags);
    if (set != 1 && !((class_sets[set >> 5] >> (set & 31)) & 1)) { out[at] = 0; continue; }
    set = find_set(words, identities + 8 * (size_t)other + 4, self, self_flags);
    out[at] = set == 1 || ((class_sets[set >> 5] >> (set & 31)) & 1);
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
