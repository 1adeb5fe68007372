// tins.cpp: libtins 4.0. Written for framewright.
//   libtins         PDU classes as they come; the PDU tree is built once, fields are set per frame, serialize() per frame
//   libtins-nocsum  ENCAP-* with a UDP subclass that writes no checksum (libtins' own UDP always computes one)
// Not in libtins 4.0, hand-written here as PDU classes: VXLAN and Geneve. No other tunnel-over-UDP dissection either:
// UDP's payload is always a RawPDU (a copy), from which the tunnel PDU is made with RawPDU::to<>().
#include <tins/tins.h>
#include <tins/memory_helpers.h>
#include <tuple>
#include <unordered_set>
#include "bench.h"
using namespace Tins;
using Memory::InputMemoryStream; using Memory::OutputMemoryStream;

class VXLAN : public PDU {
 public:
  static const PDU::PDUType pdu_flag = PDU::USER_DEFINED_PDU;
  uint32_t vni;
  explicit VXLAN(uint32_t v) : vni(v) {}
  VXLAN(const uint8_t *p, uint32_t n) {
    InputMemoryStream s(p, n);
    if (!(s.read_be<uint32_t>() & 0x08000000)) throw malformed_packet();
    vni = s.read_be<uint32_t>() >> 8;
    inner_pdu(new EthernetII(s.pointer(), s.size()));
  }
  uint32_t header_size() const override { return 8; }
  PDUType pdu_type() const override { return pdu_flag; }
  VXLAN *clone() const override { return new VXLAN(*this); }
 private:
  void write_serialization(uint8_t *p, uint32_t n) override {
    OutputMemoryStream s(p, n);
    s.write_be<uint32_t>(0x08000000); s.write_be<uint32_t>(vni << 8);
  }
};

class Geneve : public PDU {
 public:
  static const PDU::PDUType pdu_flag = PDU::PDUType(PDU::USER_DEFINED_PDU + 1);
  struct option { uint16_t cls; uint8_t type; std::vector<uint8_t> data; };
  uint32_t vni;
  std::vector<option> options;
  Geneve(uint32_t v, std::vector<option> o) : vni(v), options(std::move(o)) {}
  Geneve(const uint8_t *p, uint32_t n) {
    InputMemoryStream s(p, n);
    uint32_t left = (s.read<uint8_t>() & 63) * 4;
    s.skip(1);
    if (s.read_be<uint16_t>() != 0x6558) throw malformed_packet();
    vni = s.read_be<uint32_t>() >> 8;
    options.reserve(left / 8);
    while (left >= 4) {
      option o; o.cls = s.read_be<uint16_t>(); o.type = s.read<uint8_t>();
      uint32_t len = (s.read<uint8_t>() & 31) * 4;
      if (len + 4 > left) throw malformed_packet();
      s.read(o.data, len);
      options.push_back(std::move(o));
      left -= 4 + len;
    }
    inner_pdu(new EthernetII(s.pointer(), s.size()));
  }
  uint32_t header_size() const override { uint32_t n = 8; for (auto &o : options) n += 4 + o.data.size(); return n; }
  PDUType pdu_type() const override { return pdu_flag; }
  Geneve *clone() const override { return new Geneve(*this); }
 private:
  void write_serialization(uint8_t *p, uint32_t n) override {
    OutputMemoryStream s(p, n);
    s.write<uint8_t>((header_size() - 8) / 4); s.write<uint8_t>(0); s.write_be<uint16_t>(0x6558); s.write_be<uint32_t>(vni << 8);
    for (auto &o : options) {
      s.write_be(o.cls); s.write(o.type); s.write<uint8_t>(o.data.size() / 4); s.write(o.data.begin(), o.data.end());
    }
  }
};

struct UDPNoChecksum : UDP {
  using UDP::UDP;
  UDPNoChecksum *clone() const override { return new UDPNoChecksum(*this); }
  void write_serialization(uint8_t *p, uint32_t n) override {
    OutputMemoryStream s(p, n);
    s.write_be(sport()); s.write_be(dport()); s.write_be<uint16_t>(n); s.write<uint16_t>(0);
  }
};

enum { N = 1024 };
static Frames in, out;
static uint16_t sports[N]; static uint32_t vnis[N];
static u64 want;
static bool checking;
static void emit(int i, PDU::serialization_type &b) {
  if (checking) check("libtins", i, b.data(), b.size(), out.f[i]);
  SINK(b.data());
}

// ---- ENCAP ----
static const EthernetII outer_eth("02:00:0a:14:00:01", "02:00:0a:0a:00:01");
static IP outer_ip() { IP ip("10.20.0.1", "10.10.0.1"); ip.id(0); ip.flags(IP::DONT_FRAGMENT); ip.ttl(64); return ip; }
static const std::vector<Geneve::option> OPTS = {
  {0x102, 1, {0x11,0x12,0x13,0x14,0x15,0x16,0x17,0x18}}, {0x103, 2, {0x21,0x22,0x23,0x24}},
  {0x104, 3, {0,0,0,0,0x31,0x32,0x33,0x34,0x35,0x36,0x37,0x38}}};

template <class Udp, class Tunnel> static void encap(EthernetII &pkt) {
  UDP &udp = pkt.rfind_pdu<UDP>(); Tunnel &tun = pkt.rfind_pdu<Tunnel>(); RawPDU &raw = pkt.rfind_pdu<RawPDU>();
  for (int i = 0; i < N; i++) {
    udp.sport(sports[i]); tun.vni = vnis[i];
    if constexpr (std::is_same<Tunnel, Geneve>::value) { u8 *d = tun.options[2].data.data(); d[0] = i >> 24; d[1] = i >> 16; d[2] = i >> 8; d[3] = i; }
    raw.payload(in.f[i].p, in.f[i].p + in.f[i].len);
    auto b = pkt.serialize();
    if (std::is_same<Udp, UDP>::value) b[40] = b[41] = 0;   // drop the checksum that libtins computed
    emit(i, b);
  }
}
template <class Udp> static void encap_vxlan() {
  static EthernetII pkt = outer_eth / outer_ip() / Udp(4789, 0) / VXLAN(0) / RawPDU("x");
  encap<Udp, VXLAN>(pkt);
}
template <class Udp> static void encap_geneve() {
  static EthernetII pkt = outer_eth / outer_ip() / Udp(6081, 0) / Geneve(0, OPTS) / RawPDU("x");
  encap<Udp, Geneve>(pkt);
}

// ---- BUILD-TCP ----
struct Fields { HWAddress<6> dmac, smac; IPv4Address src, dst; uint16_t sport, dport; uint32_t seq, ack; const u8 *pay; uint32_t n; };
static Fields fld[N];
static void fields_of_inner() {
  for (int i = 0; i < N; i++) {
    const u8 *p = in.f[i].p; EthernetII e(p, in.f[i].len); IP &ip = e.rfind_pdu<IP>(); TCP &t = e.rfind_pdu<TCP>();
    fld[i] = {e.dst_addr(), e.src_addr(), ip.src_addr(), ip.dst_addr(), t.sport(), t.dport(), t.seq(), t.ack_seq(), p + 54, in.f[i].len - 54};
  }
}
static void build_tcp() {
  static EthernetII pkt = EthernetII() / outer_ip() / TCP() / RawPDU("x");
  IP &ip = pkt.rfind_pdu<IP>(); TCP &tcp = pkt.rfind_pdu<TCP>(); RawPDU &raw = pkt.rfind_pdu<RawPDU>();
  tcp.flags(TCP::PSH | TCP::ACK); tcp.window(29200);
  for (int i = 0; i < N; i++) {
    const Fields &x = fld[i];
    pkt.dst_addr(x.dmac); pkt.src_addr(x.smac); ip.src_addr(x.src); ip.dst_addr(x.dst);
    tcp.sport(x.sport); tcp.dport(x.dport); tcp.seq(x.seq); tcp.ack_seq(x.ack);
    raw.payload(x.pay, x.pay + x.n);
    auto b = pkt.serialize();
    emit(i, b);
  }
}

// ---- DECODE ----
template <class Tunnel> static void decode() {
  u64 sum = 0;
  for (int i = 0; i < N; i++) {
    EthernetII outer(in.f[i].p, in.f[i].len);
    const Tunnel tun = outer.rfind_pdu<RawPDU>().to<Tunnel>();
    const EthernetII &eth = tun.template rfind_pdu<EthernetII>(); const TCP &tcp = eth.rfind_pdu<TCP>();
    auto mac = eth.dst_addr();
    if constexpr (std::is_same<Tunnel, Geneve>::value) for (auto &o : tun.options) sum += o.type + o.data[0];
    sum += Endian::be_to_host(uint32_t(outer.rfind_pdu<IP>().src_addr())) + u64(tun.vni) + (mac[4] << 8 | mac[5]) + tcp.sport() + tcp.seq()
         + tcp.rfind_pdu<RawPDU>().payload_size();
  }
  if (sum != want) DIE("libtins decode sum %llu", (unsigned long long)sum);
}

// ---- PCAP ----
typedef std::tuple<uint32_t, uint32_t, uint16_t, uint16_t, uint8_t> Tuple;
struct Hash {
  size_t operator()(const Tuple &t) const {
    return (u64(std::get<0>(t)) << 32 | std::get<1>(t)) * 0x9E3779B97F4A7C15ull ^ (u64(std::get<2>(t)) << 24 | std::get<3>(t) << 8 | std::get<4>(t)) * 0xff51afd7ed558ccdull;
  }
};
static void read_pcap() {
  std::unordered_set<Tuple, Hash> set;
  FileSniffer sniffer(BIG, SnifferConfiguration());
  sniffer.sniff_loop([&](PDU &pdu) {
    const IP &ip = pdu.rfind_pdu<IP>(); const UDP &udp = pdu.rfind_pdu<UDP>();
    set.emplace(ip.src_addr(), ip.dst_addr(), udp.sport(), udp.dport(), ip.protocol());
    return true;
  });
  if (set.size() != want) DIE("tuples %zu", set.size());
}
static std::vector<Packet> packets;
static void write_pcap() {
  PacketWriter w(OUTFILE, DataLinkType<EthernetII>());
  for (auto &p : packets) w.write(p);
}

template <class Udp> static void encap_row(const char *cas, const char *cls, const char *peer, bool vx, const char *note) {
  void (*pass)() = vx ? encap_vxlan<Udp> : encap_geneve<Udp>;
  checking = true; pass(); checking = false;
  bench(cas, cls, peer, N, out.bytes, pass, note);
}
static void encap_cases(const char *cas, const char *kind, const char *cls) {
  if (!selected(cas, cls)) return;
  bool vx = !strcmp(kind, "vxlan");
  in = load_class("inner", cls); out = load_class(kind, cls);
  encap_row<UDP>(cas, cls, "libtins", vx, "own tunnel PDU; UDP class computes a checksum, zeroed afterwards");
  encap_row<UDPNoChecksum>(cas, cls, "libtins-nocsum", vx, "own tunnel PDU and UDP subclass without checksum");
}
static void build_cases(const char *cls) {
  if (!selected("BUILD-TCP", cls)) return;
  in = out = load_class("inner", cls); fields_of_inner();
  checking = true; build_tcp(); checking = false;
  bench("BUILD-TCP", cls, "libtins", N, out.bytes, build_tcp, "PDU tree reused, serialize()");
}
template <class Tunnel> static void decode_cases(const char *cas, const char *kind, const char *cls) {
  if (!selected(cas, cls)) return;
  in = load_class(kind, cls); want = expected(kind, cls);
  decode<Tunnel>(); bench(cas, cls, "libtins", N, in.bytes, decode<Tunnel>, "own tunnel PDU via RawPDU::to<>()");
}
static void pcap_read() {
  if (!selected("PCAP-READ", "imix")) return;
  in = load(BIG); want = expected("tuples", "all");
  read_pcap(); bench("PCAP-READ", "imix", "libtins", in.n, in.bytes, read_pcap, "FileSniffer::sniff_loop, unordered_set of tuple");
}
static void pcap_write() {
  if (!selected("PCAP-WRITE", "imix")) return;
  in = load(BIG);
  packets.reserve(in.n);
  for (int i = 0; i < in.n; i++) {
    timeval tv = {in.f[i].sec, in.f[i].usec};
    packets.emplace_back(new RawPDU(in.f[i].p, in.f[i].len), Timestamp(tv), Packet::own_pdu());
  }
  write_pcap(); check_outfile("libtins", 24);   // file header: libtins picks its own snaplen
  bench("PCAP-WRITE", "imix", "libtins", in.n, in.bytes, write_pcap, "PacketWriter, frames held as RawPDU (parsed PDUs would get new UDP checksums)");
  unlink(OUTFILE);
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  for (int i = 0; i < N; i++) { sports[i] = 49152 + i % 16384; vnis[i] = 5000 + i % 16; }
  for (const char *cls : CLASSES) {
    encap_cases("ENCAP-VXLAN", "vxlan", cls);
    encap_cases("ENCAP-GENEVE3", "geneve", cls);
    build_cases(cls);
    decode_cases<VXLAN>("DECODE-VXLAN", "vxlan", cls);
    decode_cases<Geneve>("DECODE-GENEVE3", "geneve", cls);
  }
  pcap_read();
  pcap_write();
}
