// bench.h: timing, loading and checking, shared by cref.c and tins.cpp. Written for framewright.
// A program runs in the folder that holds data/, as: PROGRAM [CASE [CLASS]]. Environment: ONLY (regex on
// CASE/class/peer), SECS (0.5) a repetition, REPS (5), WAIT (2) seconds at most for a quiet moment before a row,
// CPU (1) that it is pinned to, OUT (out.pcap) the file that PCAP-WRITE writes.
#pragma once
#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64;
typedef struct { const u8 *p; u32 len, sec, usec; } Frame;
typedef struct { Frame *f; int n; double bytes; } Frames;

#define DIE(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define SINK(p) __asm__ volatile("" : : "r"(p) : "memory")   // "somebody else reads this memory"
static const char *CLASSES[] = {"64", "128", "512", "1400", "imix"};
#define BIG "data/big.pcap"
static const char *OUTFILE = "out.pcap", *ONE_CASE, *ONE_CLASS;
static inline void arguments(int argc, char **argv) {
  if (argc > 1) ONE_CASE = argv[1];
  if (argc > 2) ONE_CLASS = argv[2];
  if (getenv("OUT")) OUTFILE = getenv("OUT");
}
static inline int selected(const char *cas, const char *cls) {
  return (!ONE_CASE || !strcmp(ONE_CASE, cas)) && (!ONE_CLASS || !strcmp(ONE_CLASS, cls));
}

static inline u8 *slurp(const char *path, size_t *size) {
  int fd = open(path, O_RDONLY); struct stat st;
  if (fd < 0 || fstat(fd, &st)) DIE("cannot open %s", path);
  u8 *b = (u8 *)malloc(st.st_size);
  for (off_t o = 0; o < st.st_size;) { ssize_t r = read(fd, b + o, st.st_size - o); if (r <= 0) DIE("read %s", path); o += r; }
  close(fd); *size = st.st_size;
  return b;
}
static inline Frames load(const char *path) {     // frames point into the file image
  size_t size; u8 *b = slurp(path, &size);
  Frames r = {0, 0, 0};
  for (size_t o = 24; o + 16 <= size;) {
    u32 h[4]; memcpy(h, b + o, 16);
    if ((r.n & (r.n - 1)) == 0) r.f = (Frame *)realloc(r.f, (r.n ? 2 * r.n : 1) * sizeof(Frame));
    Frame x = {b + o + 16, h[2], h[0], h[1]};
    r.f[r.n++] = x; r.bytes += h[2]; o += 16 + h[2];
  }
  return r;
}
static inline Frames load_class(const char *kind, const char *cls) {
  char path[64]; snprintf(path, sizeof path, "data/%s_%s.pcap", kind, cls);
  return load(path);
}
static inline u64 expected(const char *kind, const char *cls) {
  FILE *f = fopen("data/expected.tsv", "r"); char k[32], c[32]; unsigned long long v;
  while (f && fscanf(f, "%31s %31s %llu", k, c, &v) == 3) if (!strcmp(k, kind) && !strcmp(c, cls)) { fclose(f); return v; }
  DIE("no expected value for %s %s", kind, cls);
}
static inline void check(const char *what, int i, const u8 *p, size_t n, Frame want) {
  if (n != want.len || memcmp(p, want.p, n)) DIE("%s: frame %d differs from the expected bytes", what, i);
}
static inline void check_outfile(const char *what, size_t skip) {   // PCAP-WRITE must reproduce big.pcap
  size_t a, b; u8 *x = slurp(OUTFILE, &a), *y = slurp(BIG, &b);
  if (a != b || memcmp(x + skip, y + skip, a - skip)) DIE("%s: file differs from %s", what, BIG);
  free(x); free(y);
}

static inline double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static inline double cpu(void) { struct timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static inline double envnum(const char *k, double d) { const char *s = getenv(k); return s ? atof(s) : d; }
static inline int wanted(const char *cas, const char *cls, const char *peer) {   // ONLY=regex on CASE/class/peer
  const char *only = getenv("ONLY"); if (!only || !*only) return 1;
  char key[128]; snprintf(key, sizeof key, "%s/%s/%s", cas, cls, peer);
  regex_t re; if (regcomp(&re, only, REG_EXTENDED | REG_NOSUB)) DIE("bad ONLY");
  int m = !regexec(&re, key, 0, 0, 0); regfree(&re);
  return m;
}
typedef struct { double ns, cpu, other; } Rep;
static int cmp_rep(const void *a, const void *b) { double x = ((Rep *)a)->ns, y = ((Rep *)b)->ns; return x < y ? -1 : x > y; }
// Busy and total ticks of the CPUs other than ours: two may be siblings of one core, and slow each other down.
static inline void ticks(u64 *busy, u64 *all) {
  FILE *f = fopen("/proc/stat", "r"); char line[512], own[16]; *busy = *all = 0;
  snprintf(own, sizeof own, "cpu%.0f ", envnum("CPU", 1));
  while (f && fgets(line, sizeof line, f)) {
    unsigned long long v[8]; int n;
    if (line[3] == ' ' || sscanf(line, "cpu%d %llu %llu %llu %llu %llu %llu %llu %llu", &n, v, v+1, v+2, v+3, v+4, v+5, v+6, v+7) != 9 || !strncmp(line, own, strlen(own))) continue;
    for (int i = 0; i < 8; i++) { *all += v[i]; if (i != 3 && i != 4) *busy += v[i]; }
  }
  if (f) fclose(f);
}
static inline double busy_since(u64 b0, u64 a0) { u64 b, a; ticks(&b, &a); return a > a0 ? (double)(b - b0) / (a - a0) : 0; }
static inline void wait_quiet(void) {       // at most WAIT seconds
  for (double s = now(), w = envnum("WAIT", 2); now() - s < w;) { u64 b, a; ticks(&b, &a); usleep(100000); if (busy_since(b, a) < 0.2) return; }
}
// Runs pass() (n frames, 'bytes' in all) for REPS repetitions of >= SECS seconds; the best one counts.
// Note column, of the best repetition: cpu% = CPU time / wall time, other% = busy share of the other CPUs;
// med+% = median repetition over the best one.
static inline void bench(const char *cas, const char *cls, const char *peer, int n, double bytes, void (*pass)(void), const char *note) {
  if (!wanted(cas, cls, peer)) return;
  int reps = envnum("REPS", 5); double secs = envnum("SECS", 0.5); Rep t[64]; if (reps > 64) reps = 64;
  wait_quiet();
  for (double s = now(); now() - s < secs / 4;) pass();   // warm up
  for (int r = 0; r < reps; r++) {
    u64 b, a; ticks(&b, &a);
    long k = 0; double c = cpu(), s = now(), e;
    do { pass(); k++; } while ((e = now() - s) < secs);
    t[r].ns = e * 1e9 / k / n; t[r].cpu = (cpu() - c) / e; t[r].other = busy_since(b, a);
  }
  qsort(t, reps, sizeof *t, cmp_rep);
  double ns = t[0].ns;
  printf("%s\t%s\t%s\t%.2f\t%.0f\t%.4f\tcpu%.0f%% other%.0f%% med+%.0f%% %s\n", cas, cls, peer, ns, 1e9 / ns, bytes / n / ns,
         t[0].cpu * 100, t[0].other * 100, (t[reps / 2].ns / ns - 1) * 100, note);
  fflush(stdout);
}
