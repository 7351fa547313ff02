package main

import (
	"math"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// What a session asked for. A group is a pair of registers a and b, a counter of sequential nodes, and an ephemeral node.
type in struct {
	group int
	op    string // read-a read-b set-a set-b cas-a cas-b both guarded | count next | owner claim close
	val   string // what is written
	ver   int32  // the version that cas-* and guarded want
	id    int64  // the session of claim and close
}

// What it was told. unknown: nothing, so it may have happened or not.
type out struct {
	val     string
	ver     int32
	ok      bool
	unknown bool
	id      int64
}

type register struct {
	val string
	ver int32
}

type state struct {
	a, b  register
	count int32
	owner int64
}

func (r register) set(val string) register { return register{val, r.ver + 1} }

// Every state in which such a request can have left the server, given its answer; none: the answer is impossible.
func step(s, i, o interface{}) []interface{} {
	S, I, O := s.(state), i.(in), o.(out)
	next, fits := apply(S, I, O)
	if O.unknown {
		if next != S {
			return []interface{}{S, next}
		}
		return []interface{}{S}
	}
	if !fits {
		return nil
	}
	return []interface{}{next}
}

// The state after the request, and whether the answer fits.
func apply(s state, i in, o out) (state, bool) {
	n := s
	switch i.op {
	case "read-a":
		return n, o.val == s.a.val && o.ver == s.a.ver
	case "read-b":
		return n, o.val == s.b.val && o.ver == s.b.ver
	case "set-a":
		n.a = s.a.set(i.val)
		return n, o.ok && o.ver == n.a.ver
	case "set-b":
		n.b = s.b.set(i.val)
		return n, o.ok && o.ver == n.b.ver
	case "cas-a":
		if s.a.ver != i.ver {
			return n, !o.ok
		}
		n.a = s.a.set(i.val)
		return n, o.ok && o.ver == n.a.ver
	case "cas-b":
		if s.b.ver != i.ver {
			return n, !o.ok
		}
		n.b = s.b.set(i.val)
		return n, o.ok && o.ver == n.b.ver
	case "both": // one transaction: set a, set b
		n.a, n.b = s.a.set(i.val), s.b.set(i.val)
		return n, o.ok && o.ver == n.a.ver
	case "guarded": // one transaction: set b, check a's version
		if s.a.ver != i.ver {
			return n, !o.ok
		}
		n.b = s.b.set(i.val)
		return n, o.ok && o.ver == n.b.ver
	case "count":
		return n, o.ver == s.count
	case "next":
		n.count = s.count + 1
		return n, o.ok && o.ver == s.count
	case "owner":
		return n, o.id == s.owner
	case "claim":
		if s.owner != 0 {
			return n, !o.ok
		}
		n.owner = i.id
		return n, o.ok
	case "close":
		if s.owner == i.id {
			n.owner = 0
		}
		return n, true
	}
	panic(i.op)
}

// Registers, counter and ephemeral node of a group do not touch each other.
func part(i in) int {
	switch i.op {
	case "count", "next":
		return i.group*3 + 1
	case "owner", "claim", "close":
		return i.group*3 + 2
	}
	return i.group * 3
}

var model = (&porcupine.NondeterministicModel{
	Partition: func(h []porcupine.Operation) [][]porcupine.Operation {
		parts := map[int][]porcupine.Operation{}
		for _, o := range h {
			parts[part(o.Input.(in))] = append(parts[part(o.Input.(in))], o)
		}
		all := [][]porcupine.Operation{}
		for _, p := range parts {
			all = append(all, p)
		}
		return all
	},
	Init:  func() []interface{} { return []interface{}{state{}} },
	Step:  step,
	Equal: func(a, b interface{}) bool { return a.(state) == b.(state) },
}).ToModel()

func check(h []porcupine.Operation) porcupine.CheckResult {
	r, _ := porcupine.CheckOperationsVerbose(model, h, 90*time.Second)
	return r
}

// One read or write of one session, for the order that it saw.
type seen struct {
	key   string
	zxid  int64 // mzxid of what was read or written
	write bool
	floor int64 // the newest zxid that the session knew before
}

// How often a session read a key without the effect of a write that is older than something it knew already: a session's
// view must be a prefix of the writes that only grows, also without sync and over crashes.
func backwards(sessions [][]seen) int {
	writes := map[string][]int64{}
	for _, s := range sessions {
		for _, e := range s {
			if e.write {
				writes[e.key] = append(writes[e.key], e.zxid)
			}
		}
	}
	for _, w := range writes {
		sort.Slice(w, func(i, j int) bool { return w[i] < w[j] })
	}
	n := 0
	for _, s := range sessions {
		for _, e := range s {
			w := writes[e.key]
			next := sort.Search(len(w), func(i int) bool { return w[i] > e.zxid })
			if !e.write && next < len(w) && w[next] <= e.floor {
				n++
			}
			if e.write && e.zxid <= e.floor {
				n++
			}
		}
	}
	return n
}

// The checker against small histories that it must refuse, each beside a like one that it must accept.
func validate(report func(good bool, what string)) {
	const inf = math.MaxInt64
	op := func(client int, call, ret int64, i in, o out) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: i, Output: o, Call: call, Return: ret}
	}
	ok := func(ver int32) out { return out{ok: true, ver: ver} }
	read := func(key, val string, ver int32, at int64) porcupine.Operation {
		return op(9, at, at+1, in{op: "read-" + key}, out{val: val, ver: ver, ok: true})
	}
	set := op(1, 0, 1, in{op: "set-a", val: "x"}, ok(1))
	both := op(1, 0, 1, in{op: "both", val: "x"}, ok(1))
	lost := func(ret int64) porcupine.Operation {
		return op(1, 0, ret, in{op: "set-a", val: "x"}, out{unknown: true})
	}
	next := func(client int, at int64, n int32) porcupine.Operation {
		return op(client, at, at+1, in{op: "next"}, ok(n))
	}
	claim := op(1, 0, 1, in{op: "claim", id: 7}, out{ok: true})
	closed := op(1, 2, 3, in{op: "close", id: 7}, out{ok: true})
	owner := func(id, at int64) porcupine.Operation { return op(2, at, at+1, in{op: "owner"}, out{id: id, ok: true}) }
	type ops = []porcupine.Operation
	for _, c := range []struct {
		what      string
		good, bad ops
	}{
		{"an acknowledged write that is not there", ops{set, read("a", "x", 1, 5)}, ops{set, read("a", "", 0, 5)}},
		{"a read of what nobody wrote", ops{set, read("a", "x", 1, 5)}, ops{set, read("a", "y", 1, 5)}},
		{"half a transaction", ops{both, read("a", "x", 1, 5), read("b", "x", 1, 5)}, ops{both, read("a", "x", 1, 5), read("b", "", 0, 5)}},
		{"a transaction on a version that was over", ops{set, op(2, 3, 4, in{op: "guarded", val: "z", ver: 1}, ok(1))}, ops{set, op(2, 3, 4, in{op: "guarded", val: "z", ver: 0}, ok(1))}},
		{"two writers on one version", ops{set, op(2, 0, 1, in{op: "cas-a", val: "z", ver: 0}, out{})}, ops{set, op(2, 0, 1, in{op: "cas-a", val: "z", ver: 0}, ok(1))}},
		{"a write that comes and goes", ops{lost(inf), read("a", "", 0, 5), read("a", "x", 1, 7)}, ops{lost(inf), read("a", "x", 1, 5), read("a", "", 0, 7)}},
		{"a write that a crash swallowed and that comes after it", ops{lost(4), read("a", "x", 1, 5)}, ops{lost(4), read("a", "", 0, 5), read("a", "x", 1, 7)}},
		{"one sequence number twice", ops{next(1, 0, 0), next(2, 5, 1)}, ops{next(1, 0, 0), next(2, 5, 0)}},
		{"a sequence number left out", ops{next(1, 0, 0), op(2, 2, inf, in{op: "next"}, out{unknown: true}), next(1, 5, 2)}, ops{next(1, 0, 0), next(1, 5, 2)}},
		{"an ephemeral node of a session that has ended", ops{claim, owner(7, 1), closed, owner(0, 5)}, ops{claim, closed, owner(7, 5)}},
		{"an ephemeral node lost while its session lives", ops{claim, owner(7, 5)}, ops{claim, owner(0, 5)}},
	} {
		report(check(c.good) == porcupine.Ok && check(c.bad) == porcupine.Illegal, "the checker knows "+c.what)
	}
	fine := [][]seen{{{"a", 5, true, 0}, {"b", 6, true, 5}}, {{"a", 5, false, 0}, {"b", 6, false, 5}}}
	wrong := [][]seen{{{"a", 5, true, 0}, {"b", 6, true, 5}}, {{"b", 6, false, 0}, {"a", 0, false, 6}}}
	report(backwards(fine) == 0 && backwards(wrong) == 1, "the checker knows a session that reads backwards")
}

// Takes an answer from this history and makes it one of long ago; the history must become impossible. Ok when tried often.
func spoil(h []porcupine.Operation) (tried, found int) {
	values := map[string]string{} // what a register held in a version
	key := func(i in, name string, ver int32) string {
		return strings.Join([]string{name, i.op[len(i.op)-1:], string(rune(i.group)), string(rune(ver))}, "/")
	}
	for _, o := range h {
		i, r := o.Input.(in), o.Output.(out)
		if strings.HasPrefix(i.op, "read-") {
			values[key(i, "v", r.ver)] = r.val
		}
	}
	for n := range h {
		at := (n*7919 + 13) % len(h)
		i, r := h[at].Input.(in), h[at].Output.(out)
		old, known := values[key(i, "v", r.ver-20)]
		if !strings.HasPrefix(i.op, "read-") || !known || r.ver <= 20 {
			continue
		}
		one := []porcupine.Operation{}
		for m, o := range h {
			if part(o.Input.(in)) != part(i) {
				continue
			}
			if m == at {
				o.Output = out{val: old, ver: r.ver - 20, ok: true}
			}
			one = append(one, o)
		}
		tried++
		if check(one) == porcupine.Illegal {
			found++
		}
		if tried == 5 {
			break
		}
	}
	return
}
