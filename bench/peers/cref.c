// cref.c: C written by hand, the limit. All loops run over the 1,024 frames of a class. Written for framewright.
//   c-ref         header template copied and patched, checksum from a precomputed base; one reused output buffer
//   c-ref-ring    the same into 1,024 slots of 2 KiB (a ring: the output does not stay in L1)
//   c-fields      every header field written anew, IPv4 checksum summed over the header; one reused buffer
//   c-memcpy(-ring)  memcpy of the same output bytes
//   c-libpcap     PCAP-* through libpcap (not with -DWITHOUT_LIBPCAP)
#include "bench.h"
#include <arpa/inet.h>
#ifndef WITHOUT_LIBPCAP
#include <pcap/pcap.h>
#endif

static inline u32 be16(const u8 *p) { u16 v; memcpy(&v, p, 2); return ntohs(v); }
static inline u32 be32(const u8 *p) { u32 v; memcpy(&v, p, 4); return ntohl(v); }
static inline void w16(u8 *p, u32 v) { u16 x = htons(v); memcpy(p, &x, 2); }
static inline void w32(u8 *p, u32 v) { u32 x = htonl(v); memcpy(p, &x, 4); }
static inline u32 fold16(u64 s) { s = (s & 0xffffffff) + (s >> 32); s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32); s = (s & 0xffff) + (s >> 16); return (s & 0xffff) + (s >> 16); }
static inline u64 sum_native(const u8 *p, u32 n) {     // 1's complement sum, native byte order; vectorises
  u64 s = 0; u32 i = 0;
  for (; i + 4 <= n; i += 4) { u32 v; memcpy(&v, p + i, 4); s += v; }
  if (n & 2) { u16 v; memcpy(&v, p + i, 2); s += v; i += 2; }
  if (n & 1) s += p[i];
  return s;
}

enum { N = 1024, SLOT = 2048 };
static Frames in, out;
static u16 sport[N]; static u32 vni[N];
static u8 one[SLOT] __attribute__((aligned(64))), *ring;
static u64 want;

static const u8 OUTER[14] = {2,0,10,20,0,1, 2,0,10,10,0,1, 8,0};

// ---- ENCAP: template + patch ----
typedef struct { u8 h[86]; u32 hl, ipsum; } Tmpl;
static Tmpl VX, GN;
static void ipv4_udp(u8 *o, u32 dport) {
  memcpy(o, OUTER, 14); memset(o + 14, 0, 28);
  o[14] = 0x45; w16(o + 20, 0x4000); o[22] = 64; o[23] = 17; w32(o + 26, 0x0a0a0001); w32(o + 30, 0x0a140001);
  w16(o + 36, dport);
}
static void templates(void) {
  ipv4_udp(VX.h, 4789); VX.h[42] = 8; VX.hl = 50;
  ipv4_udp(GN.h, 6081); GN.hl = 86;
  static const u8 g[44] = {9,0,0x65,0x58,0,0,0,0, 1,2,1,2,0x11,0x12,0x13,0x14,0x15,0x16,0x17,0x18,
                           1,3,2,1,0x21,0x22,0x23,0x24, 1,4,3,3,0,0,0,0,0x31,0x32,0x33,0x34,0x35,0x36,0x37,0x38};
  memcpy(GN.h + 42, g, 44);
  Tmpl *t[] = {&VX, &GN};
  for (int k = 0; k < 2; k++) for (int i = 14; i < 34; i += 2) t[k]->ipsum += be16(t[k]->h + i);
}
static inline u32 encap(u8 *o, const Tmpl *t, u32 hl, u32 i, Frame f) {   // hl is a constant after inlining
  u32 tot = hl - 14 + f.len, s = t->ipsum + tot;
  memcpy(o, t->h, hl);
  w16(o + 16, tot); s = (s & 0xffff) + (s >> 16); w16(o + 24, ~(s + (s >> 16)));
  w16(o + 34, sport[i]); w16(o + 38, tot - 20); w32(o + 46, vni[i] << 8);
  if (hl == 86) w32(o + 74, i);
  memcpy(o + hl, f.p, f.len);
  return hl + f.len;
}
static inline u32 encap_vxlan(u8 *o, u32 i, Frame f) { return encap(o, &VX, 50, i, f); }
static inline u32 encap_geneve(u8 *o, u32 i, Frame f) { return encap(o, &GN, 86, i, f); }

// ---- ENCAP: field by field ----
static inline u32 fields_outer(u8 *o, u32 i, u32 payload, u32 dport) {
  memcpy(o, OUTER, 14);
  u8 *ip = o + 14, *u = o + 34;
  ip[0] = 0x45; ip[1] = 0; w16(ip + 2, 28 + payload); w16(ip + 4, 0); w16(ip + 6, 0x4000); ip[8] = 64; ip[9] = 17;
  w16(ip + 10, 0); w32(ip + 12, 0x0a0a0001); w32(ip + 16, 0x0a140001);
  u32 s = 0; for (int k = 0; k < 20; k += 2) s += be16(ip + k);
  w16(ip + 10, ~fold16(s));
  w16(u, sport[i]); w16(u + 2, dport); w16(u + 4, 8 + payload); w16(u + 6, 0);
  return 42;
}
static inline u32 fields_vxlan(u8 *o, u32 i, Frame f) {
  fields_outer(o, i, 8 + f.len, 4789);
  w32(o + 42, 0x08000000); w32(o + 46, vni[i] << 8);
  memcpy(o + 50, f.p, f.len);
  return 50 + f.len;
}
static inline u8 *opt(u8 *p, u32 cls, u32 type, const u8 *d, u32 n) { w16(p, cls); p[2] = type; p[3] = n / 4; memcpy(p + 4, d, n); return p + 4 + n; }
static inline u32 fields_geneve(u8 *o, u32 i, Frame f) {
  static const u8 d1[8] = {0x11,0x12,0x13,0x14,0x15,0x16,0x17,0x18}, d2[4] = {0x21,0x22,0x23,0x24};
  u8 d3[12] = {0,0,0,0,0x31,0x32,0x33,0x34,0x35,0x36,0x37,0x38}; w32(d3, i);
  fields_outer(o, i, 44 + f.len, 6081);
  u8 *g = o + 42;
  g[0] = 9; g[1] = 0; w16(g + 2, 0x6558); w32(g + 4, vni[i] << 8);
  opt(opt(opt(g + 8, 0x102, 1, d1, 8), 0x103, 2, d2, 4), 0x104, 3, d3, 12);
  memcpy(o + 86, f.p, f.len);
  return 86 + f.len;
}
static inline u32 copy_only(u8 *o, u32 i, Frame f) { (void)f; memcpy(o, out.f[i].p, out.f[i].len); return out.f[i].len; }

// ---- BUILD-TCP ----
typedef struct { u8 dmac[6], smac[6]; u32 src, dst, seq, ack; u16 sport, dport; const u8 *pay; u32 n; } Fields;
static Fields fld[N];
static inline u32 build_tcp(u8 *o, u32 i, Frame unused) {
  (void)unused; const Fields *x = &fld[i];
  u8 *ip = o + 14, *t = o + 34;
  memcpy(o, x->dmac, 6); memcpy(o + 6, x->smac, 6); w16(o + 12, 0x0800);
  w16(ip, 0x4500); w16(ip + 2, 40 + x->n); w32(ip + 4, 0x4000); w16(ip + 8, 64 << 8 | 6); w16(ip + 10, 0);
  w32(ip + 12, x->src); w32(ip + 16, x->dst);
  w16(t, x->sport); w16(t + 2, x->dport); w32(t + 4, x->seq); w32(t + 8, x->ack);
  w16(t + 12, 0x5018); w16(t + 14, 29200); w32(t + 16, 0);
  memcpy(t + 20, x->pay, x->n);
  // sums from the registers and the source, not from the just-written buffer
  u64 adr = (x->src >> 16) + (x->src & 0xffff) + (x->dst >> 16) + (x->dst & 0xffff);
  w16(ip + 10, ~fold16(adr + 0x4500 + 40 + x->n + 0x4000 + (64 << 8 | 6)));
  u64 hdr = adr + 6 + 20 + x->n + x->sport + x->dport + (x->seq >> 16) + (x->seq & 0xffff) + (x->ack >> 16) + (x->ack & 0xffff) + 0x5018 + 29200;
  w16(t + 16, ~fold16(hdr + ntohs(fold16(sum_native(x->pay, x->n)))));
  return 54 + x->n;
}
static void fields_of_inner(void) {
  for (int i = 0; i < N; i++) {
    const u8 *p = in.f[i].p; Fields *x = &fld[i];
    memcpy(x->dmac, p, 6); memcpy(x->smac, p + 6, 6); x->src = be32(p + 26); x->dst = be32(p + 30);
    x->sport = be16(p + 34); x->dport = be16(p + 36); x->seq = be32(p + 38); x->ack = be32(p + 42);
    x->pay = p + 54; x->n = in.f[i].len - 54;
  }
}

#define WRITER(name, fn) \
  static void name(void) { for (u32 i = 0; i < N; i++) { fn(one, i, in.f[i]); SINK(one); } } \
  static void __attribute__((unused)) name##_ring(void) { for (u32 i = 0; i < N; i++) { u8 *o = ring + i * SLOT; fn(o, i, in.f[i]); SINK(o); } } \
  static void name##_check(const char *what) { for (u32 i = 0; i < N; i++) { memset(one, 0xee, SLOT); u32 n = fn(one, i, in.f[i]); check(what, i, one, n, out.f[i]); } }
WRITER(w_vxlan, encap_vxlan) WRITER(w_geneve, encap_geneve) WRITER(w_fvxlan, fields_vxlan) WRITER(w_fgeneve, fields_geneve)
WRITER(w_copy, copy_only) WRITER(w_build, build_tcp)

// ---- DECODE: every length and type is checked, checksums are not (as in all peers) ----
static inline const u8 *ip_payload(const u8 *e, const u8 *end, u32 proto, const u8 **ip_end) {
  if (end - e < 34 || be16(e + 12) != 0x0800) return 0;
  const u8 *ip = e + 14; u32 hl = (ip[0] & 15) * 4, tot = be16(ip + 2);
  if (ip[0] >> 4 != 4 || hl < 20 || tot < hl || tot > end - ip || ip[9] != proto || (be16(ip + 6) & 0x3fff)) return 0;
  *ip_end = ip + tot;
  return ip + hl;
}
static inline u64 dec_inner(const u8 *e, const u8 *end) {
  const u8 *t = ip_payload(e, end, 6, &end);
  if (!t || end - t < 20) return 0;
  u32 hl = (t[12] >> 4) * 4;
  if (hl < 20 || hl > end - t) return 0;
  return (u64)be16(e + 4) + be16(t) + be32(t + 4) + (end - t - hl);
}
static inline u64 dec_vxlan(Frame f) {
  const u8 *end = f.p + f.len, *u = ip_payload(f.p, end, 17, &end);
  if (!u || end - u < 16 || be16(u + 2) != 4789 || be16(u + 4) != end - u || !(u[8] & 8)) return 0;
  return be32(f.p + 26) + (u64)(be32(u + 12) >> 8) + dec_inner(u + 16, end);
}
static inline u64 dec_geneve(Frame f) {
  const u8 *end = f.p + f.len, *u = ip_payload(f.p, end, 17, &end);
  if (!u || end - u < 16 || be16(u + 2) != 6081 || be16(u + 4) != end - u || be16(u + 10) != 0x6558) return 0;
  const u8 *o = u + 16, *oe = o + (u[8] & 63) * 4; u64 s = 0;
  if (oe > end) return 0;
  while (o < oe) {
    u32 n = (o[3] & 31) * 4;
    if (n > oe - o - 4) return 0;
    s += o[2] + (n ? o[4] : 0); o += 4 + n;
  }
  return s + be32(f.p + 26) + (be32(u + 12) >> 8) + dec_inner(oe, end);
}
static void r_vxlan(void) { u64 s = 0; for (int i = 0; i < N; i++) s += dec_vxlan(in.f[i]); if (s != want) DIE("decode vxlan sum"); }
static void r_geneve(void) { u64 s = 0; for (int i = 0; i < N; i++) s += dec_geneve(in.f[i]); if (s != want) DIE("decode geneve sum"); }

// ---- PCAP-READ: distinct outer 5-tuples ----
typedef struct { u64 addrs; u64 rest; } Key;      // rest = ports and protocol, never 0
static Key set[1 << 16]; static u32 nset;
static inline void add(const u8 *p, u32 len) {
  if (len < 42 || be16(p + 12) != 0x0800 || p[14] != 0x45 || p[23] != 17) return;
  Key k; memcpy(&k.addrs, p + 26, 8); u32 ports; memcpy(&ports, p + 34, 4); k.rest = (u64)p[23] << 32 | ports;
  u64 h = (k.addrs ^ k.rest * 0x9E3779B97F4A7C15ull) * 0xff51afd7ed558ccdull >> 48;
  for (;; h = (h + 1) & 0xffff) {
    if (!set[h].rest) { set[h] = k; nset++; return; }
    if (set[h].addrs == k.addrs && set[h].rest == k.rest) return;
  }
}
static void r_pcap(void) {
  static u8 buf[1 << 18]; size_t have = 0, o = 24;
  int fd = open(BIG, O_RDONLY);
  memset(set, 0, sizeof set); nset = 0;
  for (ssize_t r; (r = read(fd, buf + have, sizeof buf - have)) > 0;) {
    have += r;
    for (u32 n; o + 16 <= have && (memcpy(&n, buf + o + 8, 4), o + 16 + n <= have); o += 16 + n) add(buf + o + 16, n);
    memmove(buf, buf + o, have - o); have -= o; o = 0;
  }
  close(fd);
  if (nset != want) DIE("tuples %u", nset);
}
// ---- PCAP-WRITE ----
static void w_pcap(void) {
  static u8 buf[1 << 18]; size_t o = 24; static const u32 hdr[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
  int fd = open(OUTFILE, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  memcpy(buf, hdr, 24);
  for (int i = 0; i < in.n; i++) {
    Frame f = in.f[i]; u32 h[4] = {f.sec, f.usec, f.len, f.len};
    if (o + 16 + f.len > sizeof buf) { if (write(fd, buf, o) != (ssize_t)o) DIE("write"); o = 0; }
    memcpy(buf + o, h, 16); memcpy(buf + o + 16, f.p, f.len); o += 16 + f.len;
  }
  if (write(fd, buf, o) != (ssize_t)o) DIE("write");
  close(fd);
}
#ifndef WITHOUT_LIBPCAP
static void r_libpcap(void) {
  char err[PCAP_ERRBUF_SIZE]; pcap_t *p = pcap_open_offline(BIG, err); struct pcap_pkthdr *h; const u_char *d;
  memset(set, 0, sizeof set); nset = 0;
  while (pcap_next_ex(p, &h, &d) == 1) add(d, h->caplen);
  pcap_close(p);
  if (nset != want) DIE("tuples %u", nset);
}
static void w_libpcap(void) {
  pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535); pcap_dumper_t *d = pcap_dump_open(p, OUTFILE);
  for (int i = 0; i < in.n; i++) {
    Frame f = in.f[i]; struct pcap_pkthdr h = {{f.sec, f.usec}, f.len, f.len};
    pcap_dump((u_char *)d, &h, f.p);
  }
  pcap_dump_close(d); pcap_close(p);
}
#endif

static void encap_cases(const char *cas, const char *kind, const char *cls) {
  if (!selected(cas, cls)) return;
  int vx = !strcmp(kind, "vxlan");
  in = load_class("inner", cls); out = load_class(kind, cls);
  if (vx) { w_vxlan_check("c-ref vxlan"); w_fvxlan_check("c-fields vxlan"); }
  else { w_geneve_check("c-ref geneve"); w_fgeneve_check("c-fields geneve"); }
  w_copy_check("memcpy");
  bench(cas, cls, "c-memcpy", N, out.bytes, w_copy, "1 reused buffer");
  bench(cas, cls, "c-memcpy-ring", N, out.bytes, w_copy_ring, "1024 slots");
  bench(cas, cls, "c-ref", N, out.bytes, vx ? w_vxlan : w_geneve, "template+patch, 1 reused buffer");
  bench(cas, cls, "c-ref-ring", N, out.bytes, vx ? w_vxlan_ring : w_geneve_ring, "template+patch, 1024 slots");
  bench(cas, cls, "c-fields", N, out.bytes, vx ? w_fvxlan : w_fgeneve, "field by field, 1 reused buffer");
}
static void build_cases(const char *cls) {
  const char *cas = "BUILD-TCP";
  if (!selected(cas, cls)) return;
  in = out = load_class("inner", cls); fields_of_inner();
  w_build_check("c-ref build"); w_copy_check("memcpy");
  bench(cas, cls, "c-memcpy", N, out.bytes, w_copy, "1 reused buffer");
  bench(cas, cls, "c-ref", N, out.bytes, w_build, "vectorised checksum, 1 reused buffer");
  bench(cas, cls, "c-ref-ring", N, out.bytes, w_build_ring, "vectorised checksum, 1024 slots");
}
static void decode_cases(const char *cas, const char *kind, const char *cls, void (*pass)(void)) {
  if (!selected(cas, cls)) return;
  in = load_class(kind, cls); want = expected(kind, cls);
  pass(); bench(cas, cls, "c-ref", N, in.bytes, pass, "bounds and types checked");
}
static void pcap_read(void) {
  const char *cas = "PCAP-READ", *cls = "imix";
  if (!selected(cas, cls)) return;
  in = load(BIG); want = expected("tuples", "all");
  r_pcap(); bench(cas, cls, "c-ref", in.n, in.bytes, r_pcap, "read() 256 KiB, own hash set");
#ifndef WITHOUT_LIBPCAP
  r_libpcap(); bench(cas, cls, "c-libpcap", in.n, in.bytes, r_libpcap, "pcap_next_ex, own hash set");
#endif
}
static void pcap_write(void) {
  const char *cas = "PCAP-WRITE", *cls = "imix";
  if (!selected(cas, cls)) return;
  in = load(BIG);
  w_pcap(); check_outfile("c-ref", 0);
  bench(cas, cls, "c-ref", in.n, in.bytes, w_pcap, "write() 256 KiB");
#ifndef WITHOUT_LIBPCAP
  w_libpcap(); check_outfile("c-libpcap", 0);
  bench(cas, cls, "c-libpcap", in.n, in.bytes, w_libpcap, "pcap_dump");
#endif
  unlink(OUTFILE);
}

int main(int argc, char **argv) {
  arguments(argc, argv);
#ifndef WITHOUT_LIBPCAP
  if (argc > 1 && !strcmp(argv[1], "version")) { puts(pcap_lib_version()); return 0; }
#endif
  for (int i = 0; i < N; i++) { sport[i] = 49152 + i % 16384; vni[i] = 5000 + i % 16; }
  ring = aligned_alloc(4096, N * SLOT); memset(ring, 0, N * SLOT);
  templates();
  for (int c = 0; c < 5; c++) {
    encap_cases("ENCAP-VXLAN", "vxlan", CLASSES[c]);
    encap_cases("ENCAP-GENEVE3", "geneve", CLASSES[c]);
    build_cases(CLASSES[c]);
    decode_cases("DECODE-VXLAN", "vxlan", CLASSES[c], r_vxlan);
    decode_cases("DECODE-GENEVE3", "geneve", CLASSES[c], r_geneve);
  }
  pcap_read();
  pcap_write();
}
