/**
 * What memory allows: each test of a chain is one masked comparison, and a loop over them does nothing else. Reads what
 * `timeLoop` writes, and prints nanoseconds a test, median and 99th percentile of whole rounds, and what was found.
 */
export const C_LOOP_SOURCE = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STRIDE = 4, MOST_ROUNDS = 1 << 20 };

static int first_fit(const int32_t *tests, int count, const int32_t *words) {
  for (int at = 0; at < count; at++) {
    const int32_t *test = tests + STRIDE * at;
    if ((words[test[0]] & test[1]) == test[2]) return at;
  }
  return count;
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

static int32_t *read_numbers(size_t count) {
  int32_t *numbers = malloc(count * sizeof *numbers);
  if (numbers == NULL || fread(numbers, sizeof *numbers, count, stdin) != count) exit(1);
  return numbers;
}

int main(int argc, char **argv) {
  double until = now_ns() + (argc > 1 ? atof(argv[1]) : 100) * 1e6;
  int32_t *head = read_numbers(3);
  int count = head[0], packets = head[1], width = head[2];
  int32_t *tests = read_numbers((size_t)STRIDE * count);
  int32_t *words = read_numbers((size_t)packets * width);
  double *rounds = malloc(MOST_ROUNDS * sizeof *rounds);
  if (rounds == NULL) return 1;
  volatile long sink = 0;
  double tried = 0;
  for (int i = 0; i < packets; i++) {
    int found = first_fit(tests, count, words + (size_t)i * width);
    tried += found < count ? found + 1 : count;
  }
  int done = 0;
  do {
    double start = now_ns();
    for (int i = 0; i < packets; i++) sink += first_fit(tests, count, words + (size_t)i * width);
    rounds[done++] = (now_ns() - start) / tried;
  } while (done < MOST_ROUNDS && now_ns() < until);
  qsort(rounds, done, sizeof *rounds, by_size);
  printf("%f %f", rounds[done / 2], rounds[(int)(done * 0.99)]);
  for (int i = 0; i < packets; i++) {
    printf(" %d", first_fit(tests, count, words + (size_t)i * width));
  }
  return 0;
}
`;
