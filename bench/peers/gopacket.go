// gopacket.go: gopacket 1.1.19. Written for framewright; arguments and environment as in bench.h.
//
//	gopacket-fast   encap/build: one reused SerializeBuffer, layer structs reused;
//	                decode: DecodingLayerParser, layer structs reused, DecodingLayerSparse container, IgnorePanic
//	gopacket-dlp    decode: DecodingLayerParser as in the package documentation (default map container)
//	gopacket-lazy   decode: NewPacket with Lazy+NoCopy
//	gopacket-newpacket  decode: NewPacket with gopacket.Default (eager, copies)
//	gopacket-cgo    PCAP-*: through gopacket/pcap (libpcap by cgo)
//
// Not in gopacket 1.1.19, hand-written here: Geneve.SerializeTo, Geneve.CanDecode (and emptying Options between frames).
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcap"
	"github.com/google/gopacket/pcapgo"
)

const n = 1024
const big = "data/big.pcap"

var outfile = "out.pcap"

// ---- timing, loading, checking ----

func must(err error) {
	if err != nil {
		panic(err)
	}
}

type frame struct {
	b  []byte
	ci gopacket.CaptureInfo
}

func load(path string) (fs []frame, total float64) {
	f, err := os.Open(path)
	must(err)
	defer f.Close()
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 1<<20))
	must(err)
	for {
		b, ci, err := r.ReadPacketData()
		if err == io.EOF {
			return
		}
		must(err)
		fs = append(fs, frame{b, ci})
		total += float64(len(b))
	}
}

func expected(kind, cls string) uint64 {
	b, err := os.ReadFile("data/expected.tsv")
	must(err)
	for _, l := range strings.Split(string(b), "\n") {
		if c := strings.Split(l, "\t"); len(c) == 3 && c[0] == kind && c[1] == cls {
			v, err := strconv.ParseUint(c[2], 10, 64)
			must(err)
			return v
		}
	}
	panic("no expected value")
}

func envnum(k string, d float64) float64 {
	if v, err := strconv.ParseFloat(os.Getenv(k), 64); err == nil {
		return v
	}
	return d
}

type rep struct{ ns, cpu, other float64 }

// ticks returns the busy and total ticks of the CPUs other than ours.
func ticks() (busy, all uint64) {
	b, err := os.ReadFile("/proc/stat")
	must(err)
	for _, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if len(f) < 9 || !strings.HasPrefix(f[0], "cpu") || f[0] == "cpu" || f[0] == fmt.Sprint("cpu", envnum("CPU", 1)) {
			continue
		}
		for i := 1; i <= 8; i++ {
			v, _ := strconv.ParseUint(f[i], 10, 64)
			if all += v; i != 4 && i != 5 {
				busy += v
			}
		}
	}
	return
}

func busySince(b0, a0 uint64) float64 {
	if b, a := ticks(); a > a0 {
		return float64(b-b0) / float64(a-a0)
	}
	return 0
}

func waitQuiet() {
	for s := time.Now(); time.Since(s).Seconds() < envnum("WAIT", 2); {
		b, a := ticks()
		time.Sleep(100 * time.Millisecond)
		if busySince(b, a) < 0.2 {
			return
		}
	}
}

// cpu is the CPU time of this process so far, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)*1e-6
}

var only = regexp.MustCompile(os.Getenv("ONLY"))

func bench(cas, cls, peer string, frames int, total float64, note string, pass func()) {
	if !only.MatchString(cas + "/" + cls + "/" + peer) {
		return
	}
	secs := envnum("SECS", 0.5)
	waitQuiet()
	for s := time.Now(); time.Since(s).Seconds() < secs/4; {
		pass()
	}
	var t []rep
	for r := 0; r < int(envnum("REPS", 5)); r++ {
		b, a := ticks()
		k, c, s, e := 0, cpu(), time.Now(), 0.0
		for e < secs {
			pass()
			k++
			e = time.Since(s).Seconds()
		}
		t = append(t, rep{e * 1e9 / float64(k) / float64(frames), (cpu() - c) / e, busySince(b, a)})
	}
	sort.Slice(t, func(i, j int) bool { return t[i].ns < t[j].ns })
	ns := t[0].ns
	fmt.Printf("%s\t%s\t%s\t%.2f\t%.0f\t%.4f\tcpu%.0f%% other%.0f%% med+%.0f%% %s\n", cas, cls, peer, ns, 1e9/ns, total/float64(frames)/ns,
		t[0].cpu*100, t[0].other*100, (t[len(t)/2].ns/ns-1)*100, note)
}

// checkWriter runs one pass of w and compares every frame with the expected bytes.
func checkWriter(what string, want []frame, w func(emit func(i int, b []byte))) {
	seen := 0
	w(func(i int, b []byte) {
		if !bytes.Equal(b, want[i].b) {
			panic(fmt.Sprintf("%s: frame %d differs", what, i))
		}
		seen++
	})
	if seen != n {
		panic(what + ": frames missing")
	}
}

func checkSum(want uint64, sum func() uint64) func() {
	return func() {
		if s := sum(); s != want {
			panic(fmt.Sprintf("sum %d, want %d", s, want))
		}
	}
}

// ---- ENCAP ----

var (
	sport [n]uint16
	vni   [n]uint32

	lengths = gopacket.SerializeOptions{FixLengths: true}
	full    = gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
)

func outerLayers(dport layers.UDPPort) (*layers.Ethernet, *layers.IPv4, *layers.UDP) {
	eth := &layers.Ethernet{DstMAC: net.HardwareAddr{2, 0, 10, 20, 0, 1}, SrcMAC: net.HardwareAddr{2, 0, 10, 10, 0, 1}, EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolUDP,
		SrcIP: net.IP{10, 10, 0, 1}, DstIP: net.IP{10, 20, 0, 1}}
	return eth, ip, &layers.UDP{DstPort: dport}
}

// encapVXLAN calls SerializeTo layer by layer: SerializeLayers takes one SerializeOptions for all layers, so it
// cannot give an IPv4 checksum together with a zero UDP checksum.
func encapVXLAN(in []frame) func(emit func(int, []byte)) {
	buf := gopacket.NewSerializeBufferExpectedSize(64, 1536)
	eth, ip, udp := outerLayers(4789)
	vx := &layers.VXLAN{ValidIDFlag: true}
	return func(emit func(int, []byte)) {
		for i := range in {
			udp.SrcPort, vx.VNI = layers.UDPPort(sport[i]), vni[i]
			buf.Clear()
			must(gopacket.Payload(in[i].b).SerializeTo(buf, lengths))
			must(vx.SerializeTo(buf, lengths))
			must(udp.SerializeTo(buf, lengths))
			must(ip.SerializeTo(buf, full))
			must(eth.SerializeTo(buf, lengths))
			if emit != nil {
				emit(i, buf.Bytes())
			}
		}
	}
}

// serializeGeneve is the hand-written part: layers.Geneve has no SerializeTo in 1.1.19.
func serializeGeneve(g *layers.Geneve, buf gopacket.SerializeBuffer) error {
	size := 8
	for _, o := range g.Options {
		size += 4 + len(o.Data)
	}
	b, err := buf.PrependBytes(size)
	if err != nil {
		return err
	}
	b[0], b[1] = g.Version<<6|uint8((size-8)/4), 0
	binary.BigEndian.PutUint16(b[2:], uint16(g.Protocol))
	binary.BigEndian.PutUint32(b[4:], g.VNI<<8)
	b = b[8:]
	for _, o := range g.Options {
		binary.BigEndian.PutUint16(b, o.Class)
		b[2], b[3] = o.Type, o.Flags<<5|uint8(len(o.Data)/4)
		copy(b[4:], o.Data)
		b = b[4+len(o.Data):]
	}
	return nil
}

func encapGeneve(in []frame) func(emit func(int, []byte)) {
	buf := gopacket.NewSerializeBufferExpectedSize(128, 1536)
	eth, ip, udp := outerLayers(6081)
	gn := &layers.Geneve{Protocol: layers.EthernetTypeTransparentEthernetBridging, Options: []*layers.GeneveOption{
		{Class: 0x102, Type: 1, Data: []byte{0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18}},
		{Class: 0x103, Type: 2, Data: []byte{0x21, 0x22, 0x23, 0x24}},
		{Class: 0x104, Type: 3, Data: []byte{0, 0, 0, 0, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38}},
	}}
	return func(emit func(int, []byte)) {
		for i := range in {
			udp.SrcPort, gn.VNI = layers.UDPPort(sport[i]), vni[i]
			binary.BigEndian.PutUint32(gn.Options[2].Data, uint32(i))
			buf.Clear()
			must(gopacket.Payload(in[i].b).SerializeTo(buf, lengths))
			must(serializeGeneve(gn, buf))
			must(udp.SerializeTo(buf, lengths))
			must(ip.SerializeTo(buf, full))
			must(eth.SerializeTo(buf, lengths))
			if emit != nil {
				emit(i, buf.Bytes())
			}
		}
	}
}

// ---- BUILD-TCP ----

type fields struct {
	dmac, smac   net.HardwareAddr
	src, dst     net.IP
	sport, dport uint16
	seq, ack     uint32
	pay          []byte
}

func buildTCP(in []frame) func(emit func(int, []byte)) {
	fs := make([]fields, n)
	for i, f := range in {
		b := f.b
		fs[i] = fields{b[0:6], b[6:12], b[26:30], b[30:34], binary.BigEndian.Uint16(b[34:]), binary.BigEndian.Uint16(b[36:]),
			binary.BigEndian.Uint32(b[38:]), binary.BigEndian.Uint32(b[42:]), b[54:]}
	}
	buf := gopacket.NewSerializeBufferExpectedSize(64, 1536)
	eth := &layers.Ethernet{EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP}
	tcp := &layers.TCP{PSH: true, ACK: true, Window: 29200}
	must(tcp.SetNetworkLayerForChecksum(ip))
	var pay gopacket.Payload
	return func(emit func(int, []byte)) {
		for i := range fs {
			x := &fs[i]
			eth.DstMAC, eth.SrcMAC, ip.SrcIP, ip.DstIP = x.dmac, x.smac, x.src, x.dst
			tcp.SrcPort, tcp.DstPort, tcp.Seq, tcp.Ack = layers.TCPPort(x.sport), layers.TCPPort(x.dport), x.seq, x.ack
			pay = x.pay
			must(gopacket.SerializeLayers(buf, full, eth, ip, tcp, &pay))
			if emit != nil {
				emit(i, buf.Bytes())
			}
		}
	}
}

// ---- DECODE ----

// geneveLayer makes layers.Geneve a DecodingLayer: it lacks CanDecode, and its DecodeFromBytes appends to
// Options without emptying it first.
type geneveLayer struct{ layers.Geneve }

func (g *geneveLayer) CanDecode() gopacket.LayerClass { return layers.LayerTypeGeneve }
func (g *geneveLayer) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	g.Options = g.Options[:0]
	return g.Geneve.DecodeFromBytes(b, df)
}

func parser(fast bool, first gopacket.LayerType, ls ...gopacket.DecodingLayer) *gopacket.DecodingLayerParser {
	p := gopacket.NewDecodingLayerParser(first, ls...)
	p.IgnoreUnsupported = true // the outer parser stops at the tunnel
	if fast {
		p.IgnorePanic = true
		c := gopacket.DecodingLayerContainer(gopacket.DecodingLayerSparse(nil))
		for _, l := range ls {
			c = c.Put(l)
		}
		p.SetDecodingLayerContainer(c)
	}
	return p
}

// decodeDLP: two parsers, since a DecodingLayerParser has one struct per layer type (inner would overwrite outer).
func decodeDLP(in []frame, fast, geneve bool) func() uint64 {
	var eth, eth2 layers.Ethernet
	var ip, ip2 layers.IPv4
	var udp layers.UDP
	var vx layers.VXLAN
	var gn geneveLayer
	var tcp layers.TCP
	var pay gopacket.Payload
	first := layers.LayerTypeVXLAN
	if geneve {
		first = layers.LayerTypeGeneve
	}
	outer := parser(fast, layers.LayerTypeEthernet, &eth, &ip, &udp)
	inner := parser(fast, first, &vx, &gn, &eth2, &ip2, &tcp, &pay)
	decoded := make([]gopacket.LayerType, 0, 10)
	return func() (sum uint64) {
		for i := range in {
			must(outer.DecodeLayers(in[i].b, &decoded))
			if len(decoded) != 3 || udp.NextLayerType() != first {
				panic("outer layers")
			}
			must(inner.DecodeLayers(udp.Payload, &decoded))
			if len(decoded) != 5 {
				panic("inner layers")
			}
			if geneve {
				sum += uint64(gn.VNI)
				for _, o := range gn.Options {
					sum += uint64(o.Type) + uint64(o.Data[0])
				}
			} else {
				sum += uint64(vx.VNI)
			}
			sum += uint64(binary.BigEndian.Uint32(ip.SrcIP)) + uint64(binary.BigEndian.Uint16(eth2.DstMAC[4:])) +
				uint64(tcp.SrcPort) + uint64(tcp.Seq) + uint64(len(tcp.Payload))
		}
		return
	}
}

func decodeNewPacket(in []frame, opt gopacket.DecodeOptions) func() uint64 {
	return func() (sum uint64) {
		for i := range in {
			p := gopacket.NewPacket(in[i].b, layers.LayerTypeEthernet, opt)
			eths, ips := 0, 0
			for _, l := range p.Layers() {
				switch l := l.(type) {
				case *layers.Ethernet:
					if eths++; eths == 2 {
						sum += uint64(binary.BigEndian.Uint16(l.DstMAC[4:]))
					}
				case *layers.IPv4:
					if ips++; ips == 1 {
						sum += uint64(binary.BigEndian.Uint32(l.SrcIP))
					}
				case *layers.VXLAN:
					sum += uint64(l.VNI)
				case *layers.Geneve:
					sum += uint64(l.VNI)
					for _, o := range l.Options {
						sum += uint64(o.Type) + uint64(o.Data[0])
					}
				case *layers.TCP:
					sum += uint64(l.SrcPort) + uint64(l.Seq) + uint64(len(l.Payload))
				}
			}
		}
		return
	}
}

// ---- PCAP ----

type tuple struct {
	src, dst     [4]byte
	sport, dport uint16
	proto        uint8
}

type zeroCopy interface {
	ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

func tuplesDLP(r zeroCopy) uint64 {
	var eth layers.Ethernet
	var ip layers.IPv4
	var udp layers.UDP
	p := parser(true, layers.LayerTypeEthernet, &eth, &ip, &udp)
	decoded := make([]gopacket.LayerType, 0, 10)
	set := map[tuple]struct{}{}
	for {
		b, _, err := r.ZeroCopyReadPacketData()
		if err == io.EOF {
			return uint64(len(set))
		}
		must(err)
		must(p.DecodeLayers(b, &decoded))
		k := tuple{sport: uint16(udp.SrcPort), dport: uint16(udp.DstPort), proto: uint8(ip.Protocol)}
		copy(k.src[:], ip.SrcIP)
		copy(k.dst[:], ip.DstIP)
		set[k] = struct{}{}
	}
}

func openPcapgo() (*os.File, *pcapgo.Reader) {
	f, err := os.Open(big)
	must(err)
	r, err := pcapgo.NewReader(bufio.NewReaderSize(f, 1<<18))
	must(err)
	return f, r
}

func readDLP() uint64 {
	f, r := openPcapgo()
	defer f.Close()
	return tuplesDLP(r)
}

func readCgo() uint64 {
	h, err := pcap.OpenOffline(big)
	must(err)
	defer h.Close()
	return tuplesDLP(h)
}

type flowKey struct{ net, transport gopacket.Flow }

func readLazy() uint64 {
	f, r := openPcapgo()
	defer f.Close()
	set := map[flowKey]struct{}{}
	src := gopacket.NewPacketSource(r, layers.LayerTypeEthernet)
	src.DecodeOptions = gopacket.DecodeOptions{Lazy: true, NoCopy: true}
	for {
		p, err := src.NextPacket()
		if err == io.EOF {
			return uint64(len(set))
		}
		must(err)
		k := flowKey{p.NetworkLayer().NetworkFlow(), p.TransportLayer().TransportFlow()}
		set[k] = struct{}{}
	}
}

func writePcapgo(in []frame) func() {
	return func() {
		f, err := os.Create(outfile)
		must(err)
		bw := bufio.NewWriterSize(f, 1<<18)
		w := pcapgo.NewWriter(bw)
		must(w.WriteFileHeader(65535, layers.LinkTypeEthernet))
		for i := range in {
			must(w.WritePacket(in[i].ci, in[i].b))
		}
		must(bw.Flush())
		must(f.Close())
	}
}

func checkOutfile() {
	a, err := os.ReadFile(outfile)
	must(err)
	b, err := os.ReadFile(big)
	must(err)
	if !bytes.Equal(a, b) {
		panic("PCAP-WRITE output differs")
	}
}

func selected(cas, cls string) bool {
	return (len(os.Args) < 2 || os.Args[1] == cas) && (len(os.Args) < 3 || os.Args[2] == cls)
}

func encapCase(cas, kind, cls, note string, encap func([]frame) func(func(int, []byte))) {
	if !selected(cas, cls) {
		return
	}
	in, _ := load("data/inner_" + cls + ".pcap")
	out, total := load("data/" + kind + "_" + cls + ".pcap")
	w := encap(in)
	checkWriter(cas, out, w)
	bench(cas, cls, "gopacket-fast", n, total, note, func() { w(nil) })
}

func decodeCase(cas, kind, cls string) {
	if !selected(cas, cls) {
		return
	}
	in, total := load("data/" + kind + "_" + cls + ".pcap")
	want, g := expected(kind, cls), kind == "geneve"
	for _, v := range []struct {
		peer, note string
		sum        func() uint64
	}{
		{"gopacket-fast", "DecodingLayerParser x2, sparse container", decodeDLP(in, true, g)},
		{"gopacket-dlp", "DecodingLayerParser x2, default map container", decodeDLP(in, false, g)},
		{"gopacket-lazy", "NewPacket Lazy+NoCopy", decodeNewPacket(in, gopacket.DecodeOptions{Lazy: true, NoCopy: true})},
		{"gopacket-newpacket", "NewPacket Default", decodeNewPacket(in, gopacket.Default)},
	} {
		pass := checkSum(want, v.sum)
		pass()
		bench(cas, cls, v.peer, n, total, v.note, pass)
	}
}

func readCases(cas, cls string) {
	if !selected(cas, cls) {
		return
	}
	in, total := load(big)
	want := expected("tuples", "all")
	bench(cas, cls, "gopacket-fast", len(in), total, "pcapgo zero copy, bufio 256 KiB, DecodingLayerParser, map of struct", checkSum(want, readDLP))
	bench(cas, cls, "gopacket-cgo", len(in), total, "gopacket/pcap (libpcap) zero copy, DecodingLayerParser, map of struct", checkSum(want, readCgo))
	bench(cas, cls, "gopacket-lazy", len(in), total, "pcapgo + PacketSource Lazy+NoCopy, map of Flows", checkSum(want, readLazy))
}

func writeCases(cas, cls string) {
	if !selected(cas, cls) {
		return
	}
	in, total := load(big)
	write := writePcapgo(in)
	write()
	checkOutfile()
	bench(cas, cls, "gopacket-fast", len(in), total, "pcapgo.Writer, bufio 256 KiB", write)
	must(os.Remove(outfile))
}

func main() {
	if path := os.Getenv("OUT"); path != "" {
		outfile = path
	}
	for i := range sport {
		sport[i], vni[i] = uint16(49152+i%16384), uint32(5000+i%16)
	}
	for _, cls := range []string{"64", "128", "512", "1400", "imix"} {
		encapCase("ENCAP-VXLAN", "vxlan", cls, "SerializeBuffer reuse, SerializeTo per layer", encapVXLAN)
		encapCase("ENCAP-GENEVE3", "geneve", cls, "SerializeBuffer reuse; Geneve header hand-written", encapGeneve)
		encapCase("BUILD-TCP", "inner", cls, "SerializeBuffer reuse, SerializeLayers", buildTCP)
		decodeCase("DECODE-VXLAN", "vxlan", cls)
		decodeCase("DECODE-GENEVE3", "geneve", cls)
	}
	readCases("PCAP-READ", "imix")
	writeCases("PCAP-WRITE", "imix")
}
