# dpkt_peer.py: dpkt 1.9.8. Written for framewright.
#   dpkt  the Packet classes as they come
# Not in dpkt 1.9.8, hand-written here as dpkt.Packet subclasses: VXLAN, Geneve and its options.
# dpkt computes a UDP checksum whenever it computes the IPv4 one and the payload is a UDP object, so ENCAP-* hands
# IP the UDP header as bytes.
from bench import *
import dpkt
from dpkt.ethernet import Ethernet
from dpkt.ip import IP
from dpkt.tcp import TCP
from dpkt.udp import UDP

class VXLAN(dpkt.Packet):
    __hdr__ = (('flags', 'B', 8), ('rsv', '3s', b'\0\0\0'), ('vni_rsv', 'I', 0))
    def unpack(self, buf):
        dpkt.Packet.unpack(self, buf)
        self.data = Ethernet(self.data)

class GeneveOption(dpkt.Packet):
    __hdr__ = (('cls', 'H', 0), ('type', 'B', 0), ('words', 'B', 0))
    def unpack(self, buf):
        dpkt.Packet.unpack(self, buf)
        self.data = self.data[:self.words * 4]

class Geneve(dpkt.Packet):
    __hdr__ = (('ver_len', 'B', 0), ('flags', 'B', 0), ('proto', 'H', 0x6558), ('vni_rsv', 'I', 0))
    opts = ()
    def __bytes__(self):
        return self.pack_hdr() + b''.join(map(bytes, self.opts)) + bytes(self.data)
    def unpack(self, buf):
        dpkt.Packet.unpack(self, buf)
        o, end = 8, 8 + (self.ver_len & 63) * 4
        self.opts = []
        while o < end:
            opt = GeneveOption(buf[o:end])
            self.opts.append(opt)
            o += len(opt)
        self.data = Ethernet(buf[end:])

def outer(udp):
    ip = IP(src=b'\x0a\x0a\0\1', dst=b'\x0a\x14\0\1', p=17, _flags_offset=0x4000, data=bytes(udp))
    return bytes(Ethernet(dst=b'\2\0\x0a\x14\0\1', src=b'\2\0\x0a\x0a\0\1', data=ip))

def encap_vxlan(inner):
    return [outer(UDP(sport=SPORT[i], dport=4789, ulen=16 + len(f), data=VXLAN(vni_rsv=VNI[i] << 8, data=f))) for i, f in enumerate(inner)]

D1, D2, D3 = bytes(range(0x11, 0x19)), bytes(range(0x21, 0x25)), bytes(range(0x31, 0x39))
def encap_geneve(inner):
    return [outer(UDP(sport=SPORT[i], dport=6081, ulen=52 + len(f), data=Geneve(ver_len=9, vni_rsv=VNI[i] << 8, data=f, opts=(
                GeneveOption(cls=0x102, type=1, words=2, data=D1),
                GeneveOption(cls=0x103, type=2, words=1, data=D2),
                GeneveOption(cls=0x104, type=3, words=3, data=i.to_bytes(4, 'big') + D3))))) for i, f in enumerate(inner)]

def fields(f):
    e = Ethernet(f)
    return e.dst, e.src, e.ip.src, e.ip.dst, e.ip.tcp.sport, e.ip.tcp.dport, e.ip.tcp.seq, e.ip.tcp.ack, e.ip.tcp.data
def build_tcp(fs):
    return [bytes(Ethernet(dst=d, src=s, data=IP(src=a, dst=b, p=6, _flags_offset=0x4000, data=TCP(
                sport=sp, dport=dp, seq=seq, ack=ack, flags=0x18, win=29200, data=pay))))
            for d, s, a, b, sp, dp, seq, ack, pay in fs]

def inner_sum(p, e):
    t = e.data.data
    return int.from_bytes(p.data.src, 'big') + (e.dst[4] << 8 | e.dst[5]) + t.sport + t.seq + len(t.data)
def decode_vxlan(fs):
    s = 0
    for f in fs:
        p = Ethernet(f)
        v = VXLAN(p.data.data.data)
        s += (v.vni_rsv >> 8) + inner_sum(p, v.data)
    return s
def decode_geneve(fs):
    s = 0
    for f in fs:
        p = Ethernet(f)
        g = Geneve(p.data.data.data)
        for o in g.opts:
            s += o.type + o.data[0]
        s += (g.vni_rsv >> 8) + inner_sum(p, g.data)
    return s

def read_pcap():
    tuples = set()
    with open(BIG, 'rb', 1 << 18) as fd:
        for _, buf in dpkt.pcap.Reader(fd):
            ip = Ethernet(buf).data
            u = ip.data
            tuples.add((ip.src, ip.dst, u.sport, u.dport, ip.p))
    return len(tuples)

def write_pcap(fs):
    with open(OUTFILE, 'wb', 1 << 18) as fd:
        dpkt.pcap.Writer(fd, snaplen=65535).writepkts(fs)

def writer(cas, kind, cls, note, make, args):
    if not selected(cas, cls):
        return
    inner, want = frames('inner', cls), frames(kind, cls)
    items = args(inner)
    same('dpkt ' + cas, make(items), want)
    bench(cas, cls, 'dpkt', N, sum(map(len, want)), note, lambda: make(items))

def reader(cas, kind, cls, note, decode):
    if not selected(cas, cls):
        return
    fs = frames(kind, cls)
    bench_sum(cas, cls, 'dpkt', N, sum(map(len, fs)), note, lambda: decode(fs), expected(kind, cls))

for cls in CLASSES:
    writer('ENCAP-VXLAN', 'vxlan', cls, 'own VXLAN class; UDP passed as bytes to avoid its checksum', encap_vxlan, list)
    writer('ENCAP-GENEVE3', 'geneve', cls, 'own Geneve classes; UDP passed as bytes', encap_geneve, list)
    writer('BUILD-TCP', 'inner', cls, 'Packet classes', build_tcp, lambda inner: [fields(f) for f in inner])
    reader('DECODE-VXLAN', 'vxlan', cls, 'own VXLAN class', decode_vxlan)
    reader('DECODE-GENEVE3', 'geneve', cls, 'own Geneve classes', decode_geneve)

if selected('PCAP-READ', 'imix'):
    big = load(BIG)
    bench_sum('PCAP-READ', 'imix', 'dpkt', len(big), sum(len(f[0]) for f in big), 'pcap.Reader, Ethernet(), set of tuple', read_pcap, expected('tuples', 'all'))
if selected('PCAP-WRITE', 'imix'):
    big = load(BIG)
    pairs = [(sec + usec * 1e-6, f) for f, sec, usec in big]
    write_pcap(pairs)
    same_outfile('dpkt', 24)
    bench('PCAP-WRITE', 'imix', 'dpkt', len(big), sum(len(f[0]) for f in big), 'pcap.Writer.writepkts', lambda: write_pcap(pairs))
    os.unlink(OUTFILE)
