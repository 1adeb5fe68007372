# scapy_peer.py: scapy 2.5.0. Written for framewright.
#   scapy  a fresh packet per frame from the layer classes, bytes(); Ether(bytes) to decode
# GENEVE is scapy.contrib.geneve, with one repair: its GeneveOptions lacks extract_padding, so 2.5.0 dissects only
# the first option (the others end up as the Raw payload of the first). PCAP-READ uses the first 20k frames only.
import socket, sys
from bench import *
from scapy.layers.l2 import Ether
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.vxlan import VXLAN
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.packet import Raw
from scapy.utils import PcapReader, RawPcapWriter

GeneveOptions.extract_padding = lambda self, s: (b'', s)   # the repair

def outer():
    return (Ether(dst='02:00:0a:14:00:01', src='02:00:0a:0a:00:01', type=0x0800) /
            IP(src='10.10.0.1', dst='10.20.0.1', id=0, flags='DF', ttl=64))

def encap_vxlan(inner):
    return [bytes(outer() / UDP(sport=SPORT[i], dport=4789, chksum=0) / VXLAN(vni=VNI[i]) / Raw(f)) for i, f in enumerate(inner)]

D1, D2, D3 = bytes(range(0x11, 0x19)), bytes(range(0x21, 0x25)), bytes(range(0x31, 0x39))
def encap_geneve(inner):
    return [bytes(outer() / UDP(sport=SPORT[i], dport=6081, chksum=0) /
                  GENEVE(proto=0x6558, vni=VNI[i], options=[
                      GeneveOptions(classid=0x102, type=1, data=D1),
                      GeneveOptions(classid=0x103, type=2, data=D2),
                      GeneveOptions(classid=0x104, type=3, data=i.to_bytes(4, 'big') + D3)]) / Raw(f))
            for i, f in enumerate(inner)]

def fields(f):
    p = Ether(f)
    return p.dst, p.src, p[IP].src, p[IP].dst, p[TCP].sport, p[TCP].dport, p[TCP].seq, p[TCP].ack, p[TCP].load
def build_tcp(fs):
    return [bytes(Ether(dst=d, src=s) / IP(src=a, dst=b, id=0, flags='DF', ttl=64) /
                  TCP(sport=sp, dport=dp, seq=seq, ack=ack, flags='PA', window=29200) / Raw(pay))
            for d, s, a, b, sp, dp, seq, ack, pay in fs]

def inner_sum(p, e):     # p: whole packet, e: inner Ether. scapy shows addresses as strings
    t = e[TCP]
    m = e.dst
    return int.from_bytes(socket.inet_aton(p[IP].src), 'big') + int(m[12:14] + m[15:17], 16) + t.sport + t.seq + len(t.payload)
def decode_vxlan(fs):
    s = 0
    for f in fs:
        p = Ether(f)
        v = p[VXLAN]
        s += v.vni + inner_sum(p, v.payload)
    return s
def decode_geneve(fs):
    s = 0
    for f in fs:
        p = Ether(f)
        g = p[GENEVE]
        for o in g.options:
            s += o.type + o.data[0]
        s += g.vni + inner_sum(p, g.payload)
    return s

READ = 20000
def read_pcap():
    tuples = set()
    with PcapReader(BIG) as r:
        for k, p in enumerate(r):
            if k == READ:
                break
            ip, u = p[IP], p[UDP]
            tuples.add((ip.src, ip.dst, u.sport, u.dport, ip.proto))
    return len(tuples)

def write_pcap(fs):
    with RawPcapWriter(OUTFILE, linktype=1) as w:
        w.write_header(None)
        for f, sec, usec in fs:
            w.write_packet(f, sec=sec, usec=usec)

def writer(cas, kind, cls, note, make, args):
    if not selected(cas, cls):
        return
    inner, want = frames('inner', cls), frames(kind, cls)
    items = args(inner)
    same('scapy ' + cas, make(items), want)
    bench(cas, cls, 'scapy', N, sum(map(len, want)), note, lambda: make(items))

def reader(cas, kind, cls, note, decode):
    if not selected(cas, cls):
        return
    fs = frames(kind, cls)
    bench_sum(cas, cls, 'scapy', N, sum(map(len, fs)), note, lambda: decode(fs), expected(kind, cls))

for cls in CLASSES:
    writer('ENCAP-VXLAN', 'vxlan', cls, 'fresh layer objects per frame', encap_vxlan, list)
    writer('ENCAP-GENEVE3', 'geneve', cls, 'fresh layer objects per frame', encap_geneve, list)
    writer('BUILD-TCP', 'inner', cls, 'fresh layer objects per frame', build_tcp, lambda inner: [fields(f) for f in inner])
    reader('DECODE-VXLAN', 'vxlan', cls, 'Ether(bytes)', decode_vxlan)
    reader('DECODE-GENEVE3', 'geneve', cls, 'Ether(bytes); GeneveOptions repaired (dissects 1 option only)', decode_geneve)

if selected('PCAP-READ', 'imix'):
    big = load(BIG, READ)
    bench_sum('PCAP-READ', 'imix', 'scapy', READ, sum(len(f[0]) for f in big), 'PcapReader, set of tuple, first 20k frames only', read_pcap, expected('tuples', '20000'))
if selected('PCAP-WRITE', 'imix'):
    big = load(BIG)
    write_pcap(big)
    same_outfile('scapy', 24)   # file header: other snaplen
    bench('PCAP-WRITE', 'imix', 'scapy', len(big), sum(len(f[0]) for f in big), 'RawPcapWriter', lambda: write_pcap(big))
    os.unlink(OUTFILE)
