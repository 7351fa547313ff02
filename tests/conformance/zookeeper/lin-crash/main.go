// Linearizability of a ZooKeeper server that is killed with SIGKILL again and again: many sessions of go-zookeeper/zk do
// random operations, and porcupine looks for an order in which all that they were told can have happened. What a session
// was not told may have happened or not, but not after the crash that kept the answer back.
//
// usage: lin-crash -zk HOST:PORT -seconds N -pause SECONDS COMMAND...   (COMMAND starts the server, in the foreground)
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/go-zookeeper/zk"
)

const (
	groups  = 6
	timeout = 40 * time.Second
)

var (
	address string
	begin   = time.Now()
	passed  int
	failed  int

	lock    sync.Mutex
	history []porcupine.Operation
	orders  [][]seen
	kills   []kill
	unknown int
	lost    int // sessions that expired, or errors that nobody expects
	why     error
)

type kill struct{ before, dead, again int64 }

func now() int64 { return time.Since(begin).Nanoseconds() }

func report(good bool, what string) {
	if good {
		passed++
		fmt.Println("ok  ", what)
	} else {
		failed++
		fmt.Println("FAIL", what)
	}
}

// When a request whose connection ended at this moment can have taken effect at the latest.
func latest(end int64) int64 {
	for _, k := range kills {
		// Between the signal and the next start only the server that died can have had it.
		if k.before <= end && (k.again == 0 || end <= k.again) && k.dead != 0 {
			return max(end, k.dead)
		}
	}
	return math.MaxInt64
}

type server struct {
	command []string
	process *exec.Cmd
}

func (s *server) start() {
	s.process = exec.Command(s.command[0], s.command[1:]...)
	log, _ := os.OpenFile("server.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	s.process.Stdout, s.process.Stderr = log, log
	must(s.process.Start())
}

func (s *server) kill() {
	lock.Lock()
	kills = append(kills, kill{before: now()})
	k := len(kills) - 1
	lock.Unlock()
	must(s.process.Process.Kill())
	_ = s.process.Wait()
	lock.Lock()
	kills[k].dead = now()
	lock.Unlock()
	time.Sleep(time.Duration(rand.Intn(200)) * time.Millisecond)
	lock.Lock()
	kills[k].again = now()
	lock.Unlock()
	s.start()
}

type quiet struct{}

func (quiet) Printf(string, ...interface{}) {}

func connect() *zk.Conn {
	c, _, err := zk.Connect([]string{address}, timeout, zk.WithLogger(quiet{}))
	must(err)
	return c
}

func must(err error) {
	if err != nil {
		fmt.Println("FAIL", err)
		fmt.Printf("%d passed, %d failed\n", passed, failed+1)
		os.Exit(1)
	}
}

// A session's requests and what it learns.
type client struct {
	id     int
	zk     *zk.Conn
	random *rand.Rand
	floor  int64
	order  []seen
	last   [groups][2]int32
	n      int
}

// Runs one request and writes down its answer; `refused` is the error that is an answer too. Returns whether it can have
// had an effect.
func (c *client) do(i in, refused error, ask func() (out, error)) bool {
	call := now()
	o, err := ask()
	end := now()
	switch {
	case err == nil:
	case refused != nil && err == refused:
		o = out{}
	case err == zk.ErrNoServer: // It was never sent.
		return false
	case err == zk.ErrConnectionClosed:
		if i.op == "count" || i.op == "owner" || i.op[:4] == "read" {
			return false
		}
		o = out{unknown: true}
	default:
		lock.Lock()
		lost++
		why = err
		lock.Unlock()
		o = out{unknown: true}
	}
	lock.Lock()
	defer lock.Unlock()
	if o.unknown {
		unknown++
	}
	history = append(history, porcupine.Operation{ClientId: c.id, Input: i, Call: call, Output: o, Return: end})
	return o.ok || o.unknown
}

func (c *client) saw(key string, zxid int64, write bool) {
	c.order = append(c.order, seen{key, zxid, write, c.floor})
	c.floor = max(c.floor, zxid)
}

func path(kind string, group int) string { return fmt.Sprintf("/lin/%s-%d", kind, group) }

func (c *client) step() {
	g, which := c.random.Intn(groups), c.random.Intn(2)
	name := "ab"[which : which+1]
	key, value := path(name, g), fmt.Sprintf("%d-%d", c.id, c.n)
	c.n++
	wrote := func(stat *zk.Stat) out {
		c.saw(key, stat.Mzxid, true)
		c.last[g][which] = stat.Version
		return out{ok: true, ver: stat.Version}
	}
	switch c.random.Intn(12) {
	case 0, 1: // behind sync, so that it is linearizable by ZooKeeper's own word
		c.do(in{group: g, op: "read-" + name}, nil, func() (out, error) {
			if _, err := c.zk.Sync(key); err != nil {
				return out{}, err
			}
			data, stat, err := c.zk.Get(key)
			if err != nil {
				return out{}, err
			}
			c.saw(key, stat.Mzxid, false)
			c.last[g][which] = stat.Version
			return out{val: string(data), ver: stat.Version, ok: true}, nil
		})
	case 2, 3: // without: the session's own order still holds
		if _, stat, err := c.zk.Get(key); err == nil {
			c.saw(key, stat.Mzxid, false)
			c.last[g][which] = stat.Version
		}
	case 4:
		c.do(in{group: g, op: "set-" + name, val: value}, nil, func() (out, error) {
			stat, err := c.zk.Set(key, []byte(value), -1)
			if err != nil {
				return out{}, err
			}
			return wrote(stat), nil
		})
	case 5, 6:
		version := c.last[g][which]
		c.do(in{group: g, op: "cas-" + name, val: value, ver: version}, zk.ErrBadVersion, func() (out, error) {
			stat, err := c.zk.Set(key, []byte(value), version)
			if err != nil {
				return out{}, err
			}
			return wrote(stat), nil
		})
	case 7:
		c.do(in{group: g, op: "both", val: value}, nil, func() (out, error) {
			r, err := c.zk.Multi(&zk.SetDataRequest{Path: path("a", g), Data: []byte(value), Version: -1}, &zk.SetDataRequest{Path: path("b", g), Data: []byte(value), Version: -1})
			if err != nil {
				return out{}, err
			}
			if r[0].Stat.Mzxid != r[1].Stat.Mzxid {
				return out{}, fmt.Errorf("one transaction, two zxids")
			}
			c.order = append(c.order, seen{path("a", g), r[0].Stat.Mzxid, true, c.floor})
			c.saw(path("b", g), r[1].Stat.Mzxid, true)
			return out{ok: true, ver: r[0].Stat.Version}, nil
		})
	case 8:
		version := c.last[g][0]
		c.do(in{group: g, op: "guarded", val: value, ver: version}, zk.ErrBadVersion, func() (out, error) {
			r, err := c.zk.Multi(&zk.SetDataRequest{Path: path("b", g), Data: []byte(value), Version: -1}, &zk.CheckVersionRequest{Path: path("a", g), Version: version})
			if err != nil {
				return out{}, err
			}
			c.saw(path("b", g), r[0].Stat.Mzxid, true)
			return out{ok: true, ver: r[0].Stat.Version}, nil
		})
	case 9, 10:
		c.do(in{group: g, op: "next"}, nil, func() (out, error) {
			made, err := c.zk.Create(path("seq", g)+"/n-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
			if err != nil {
				return out{}, err
			}
			var number int32
			_, err = fmt.Sscanf(made[len(made)-10:], "%d", &number)
			return out{ok: true, ver: number}, err
		})
	case 11:
		c.do(in{group: g, op: "count"}, nil, func() (out, error) {
			if _, err := c.zk.Sync(path("seq", g)); err != nil {
				return out{}, err
			}
			children, stat, err := c.zk.Children(path("seq", g))
			if err == nil && int(stat.NumChildren) != len(children) {
				err = fmt.Errorf("%d children, the statistics say %d", len(children), stat.NumChildren)
			}
			return out{ok: true, ver: int32(len(children))}, err
		})
	}
}

// Short sessions that try to own an ephemeral node, and everybody who looks at it.
func (c *client) claim(stop func() bool) {
	for !stop() {
		g := c.random.Intn(groups)
		key := path("eph", g)
		c.zk = connect()
		// Before its first answer a session has no id.
		_, _, err := c.zk.Exists("/lin")
		id := c.zk.SessionID()
		claimed := false
		if err == nil {
			claimed = c.do(in{group: g, op: "claim", id: id}, zk.ErrNodeExists, func() (out, error) {
				_, err := c.zk.Create(key, nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
				return out{ok: true}, err
			})
			for n := c.random.Intn(8); n >= 0; n-- {
				c.do(in{group: g, op: "owner"}, nil, func() (out, error) {
					if _, err := c.zk.Sync(key); err != nil {
						return out{}, err
					}
					there, stat, err := c.zk.Exists(key)
					if err != nil || !there {
						return out{ok: true}, err
					}
					return out{ok: true, id: stat.EphemeralOwner}, nil
				})
			}
		}
		call := now()
		c.zk.Close()
		end := now()
		// So that the history can be checked in time: few sessions, and none whose end changes nothing.
		time.Sleep(time.Duration(c.random.Intn(8)) * time.Millisecond)
		if !claimed {
			continue
		}
		lock.Lock()
		// It tells nothing; it is sure when the server was there all the while. If not, the session ends some time.
		sure := err == nil && end-call < int64(900*time.Millisecond)
		for _, k := range kills {
			if k.before <= end && (k.again == 0 || k.again+int64(3*time.Second) >= call) {
				sure = false
			}
		}
		o := porcupine.Operation{ClientId: c.id, Input: in{group: g, op: "close", id: id}, Call: call, Output: out{unknown: !sure}, Return: end}
		if !sure {
			o.Return = math.MaxInt64
		}
		history = append(history, o)
		lock.Unlock()
	}
}

func main() {
	flag.StringVar(&address, "zk", "localhost:2181", "")
	seconds := flag.Int("seconds", 25, "how long to work")
	pause := flag.Float64("pause", 2, "seconds between kills, on average")
	sessions := flag.Int("c", 12, "sessions")
	seed := flag.Int64("seed", time.Now().UnixNano(), "")
	flag.Parse()
	fmt.Println("seed", *seed)
	validate(report)
	s := &server{command: flag.Args()}
	s.start()
	setUp()
	deadline := time.Now().Add(time.Duration(*seconds) * time.Second)
	stop := func() bool { return time.Now().After(deadline) }
	var running sync.WaitGroup
	clients := []*client{}
	for id := 0; id < *sessions+6; id++ {
		c := &client{id: id, random: rand.New(rand.NewSource(*seed + int64(id)))}
		clients = append(clients, c)
		running.Add(1)
		go func() {
			defer running.Done()
			if id >= *sessions {
				c.claim(stop)
				return
			}
			c.zk = connect()
			for !stop() {
				c.step()
				// So that the history can be checked in time.
				time.Sleep(time.Duration(c.random.Intn(8)) * time.Millisecond)
			}
			c.zk.Close()
		}()
	}
	for !stop() {
		time.Sleep(time.Duration((0.5 + rand.Float64()) * *pause * float64(time.Second)))
		s.kill()
	}
	running.Wait()
	for _, c := range clients {
		orders = append(orders, c.order)
	}
	judge()
	must(s.process.Process.Kill())
	_ = s.process.Wait()
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func setUp() {
	c := connect()
	open := zk.WorldACL(zk.PermAll)
	for i := 0; ; i++ {
		if _, err := c.Create("/lin", nil, 0, open); err == nil {
			break
		} else if i == 200 {
			must(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	for g := 0; g < groups; g++ {
		for _, kind := range []string{"a", "b", "seq"} {
			_, err := c.Create(path(kind, g), []byte{}, 0, open)
			must(err)
		}
	}
	c.Close()
}

func judge() {
	for i, o := range history {
		if o.Output.(out).unknown && o.Return != math.MaxInt64 {
			history[i].Return = latest(o.Return)
		}
	}
	ops := map[string]int{}
	for _, o := range history {
		ops[o.Input.(in).op]++
	}
	reads := 0
	for _, o := range orders {
		reads += len(o)
	}
	fmt.Printf("%d operations, %d without an answer, %d crashes, %d in the sessions' own order; %v\n", len(history), unknown, len(kills), reads, ops)
	report(len(kills) >= 3, fmt.Sprintf("there were %d crashes", len(kills)))
	report(len(history) > 2000, "there was enough to judge")
	report(lost == 0, fmt.Sprintf("no session was lost, and nothing else went wrong: %d, %v", lost, why))
	result := check(history)
	report(result == porcupine.Ok, fmt.Sprintf("linearizable over the crashes: %s", result))
	n := backwards(orders)
	report(n == 0, fmt.Sprintf("no session read or wrote backwards: %d", n))
	tried, found := spoil(history)
	report(tried >= 3 && found == tried, fmt.Sprintf("an answer of long ago put into this history is found: %d of %d", found, tried))
}
