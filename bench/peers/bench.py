# bench.py: timing, loading and checking, shared by the Python peers. Written for framewright.
# Arguments and environment as in bench.h.
import os, re, struct, sys, time

N, BIG, OUTFILE = 1024, 'data/big.pcap', os.environ.get('OUT', 'out.pcap')
CLASSES = ['64', '128', '512', '1400', 'imix']
SPORT = [49152 + i % 16384 for i in range(N)]
VNI = [5000 + i % 16 for i in range(N)]

def selected(cas, cls):
    want = sys.argv[1:3]
    return want == [cas, cls][:len(want)]

def load(path, limit=None):
    """[(frame, sec, usec)]"""
    data, out, o = open(path, 'rb').read(), [], 24
    while o < len(data) and (limit is None or len(out) < limit):
        sec, usec, n, _ = struct.unpack_from('<4I', data, o)
        out.append((data[o + 16:o + 16 + n], sec, usec))
        o += 16 + n
    return out

def frames(kind, cls):
    return [f[0] for f in load(f'data/{kind}_{cls}.pcap')]

def expected(kind, cls):
    for line in open('data/expected.tsv'):
        k, c, v = line.split()
        if (k, c) == (kind, cls):
            return int(v)

def same(what, got, want):
    for i, (g, w) in enumerate(zip(got, want)):
        if g != w:
            raise SystemExit(f'{what}: frame {i} differs\n{g.hex()}\n{w.hex()}')
    assert len(got) == len(want)

def same_outfile(what, skip, size=None):
    a, b = open(OUTFILE, 'rb').read(), open(BIG, 'rb').read()
    if a[skip:] != b[skip:size]:
        raise SystemExit(f'{what}: file differs')

OWN = 'cpu' + os.environ.get('CPU', '1')
def ticks():
    """busy and total ticks of the other CPUs"""
    busy = all = 0
    for line in open('/proc/stat'):
        f = line.split()
        if f[0].startswith('cpu') and f[0] not in ('cpu', OWN):
            v = list(map(int, f[1:9]))
            all += sum(v)
            busy += sum(v) - v[3] - v[4]
    return busy, all

def busy_since(t):
    b, a = ticks()
    return (b - t[0]) / max(1, a - t[1])

def wait_quiet():
    s = time.monotonic()
    while time.monotonic() - s < float(os.environ.get('WAIT', 2)):
        t = ticks()
        time.sleep(0.1)
        if busy_since(t) < 0.2:
            return

def bench(cas, cls, peer, n, total, note, run):
    """run() does one pass over n frames ('total' bytes); best of REPS repetitions of >= SECS seconds"""
    if not re.search(os.environ.get('ONLY', ''), f'{cas}/{cls}/{peer}'):
        return
    secs, reps = float(os.environ.get('SECS', 0.5)), int(os.environ.get('REPS', 5))
    wait_quiet()
    t, s = [], time.monotonic()
    while time.monotonic() - s < secs / 4:
        run()
    for _ in range(reps):
        o = ticks()
        k, c, s, e = 0, time.process_time(), time.monotonic(), 0
        while e < secs:
            run()
            k += 1
            e = time.monotonic() - s
        t.append((e * 1e9 / k / n, (time.process_time() - c) / e, busy_since(o)))
    t.sort()
    ns = t[0][0]
    print(f'{cas}\t{cls}\t{peer}\t{ns:.2f}\t{1e9 / ns:.0f}\t{total / n / ns:.4f}\tcpu{t[0][1] * 100:.0f}% other{t[0][2] * 100:.0f}% med+{(t[reps // 2][0] / ns - 1) * 100:.0f}% {note}', flush=True)

def bench_sum(cas, cls, peer, n, total, note, fn, want):
    """fn() returns the sum of one pass, which must be 'want' every time"""
    def run():
        s = fn()
        if s != want:
            raise SystemExit(f'{peer} {cas} {cls}: sum {s}, want {want}')
    run()
    bench(cas, cls, peer, n, total, note, run)
