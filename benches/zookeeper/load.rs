//! The client of benches/zookeeper.py: drives a ZooKeeper server over raw sockets and prints what it measured, one
//! `name value` a line. It knows nothing of either server, and stands alone (`rustc -O`, no dependencies), so that the
//! client's share of a shared machine stays small and the same for both.
//!
//!     load PORT create CLIENTS SECONDS   synchronous creates of 100 bytes, each client below a parent of its own
//!     load PORT mixed CLIENTS SECONDS    nine getData and one setData in ten, on 100 bytes, over 1,000 nodes
//!     load PORT fill COUNT               COUNT nodes of 100 bytes, 1,000 below each parent, pipelined
//!     load PORT idle COUNT               opens COUNT sessions, says `ready`, and keeps them alive until stdin ends
//!     load PORT first                    connects until it may, opens a session, and asks for `/`
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

const CREATE: i32 = 1;
const GET_DATA: i32 = 4;
const SET_DATA: i32 = 5;
const PING: i32 = 11;
const NODE_EXISTS: i32 = -110;
const VALUE: [u8; 100] = [b'v'; 100];
const KEYS: u64 = 1000;
/// Requests in flight of a connection that fills.
const WINDOW: u64 = 500;
const FILLERS: u64 = 4;

struct Client {
    stream: TcpStream,
    frame: Vec<u8>,
    reply: Vec<u8>,
}

impl Client {
    fn connect(port: u16, timeout_ms: i32) -> io::Result<Client> {
        Client::connect_within(port, timeout_ms, Duration::from_secs(120))
    }

    /// `patience`: how long to wait for a reply.
    fn connect_within(port: u16, timeout_ms: i32, patience: Duration) -> io::Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        let mut client = Client { stream, frame: Vec::new(), reply: Vec::new() };
        client.frame.extend([0; 4]);
        client.frame.extend(0i32.to_be_bytes());
        client.frame.extend(0i64.to_be_bytes());
        client.frame.extend(timeout_ms.to_be_bytes());
        client.frame.extend(0i64.to_be_bytes());
        client.buffer(&[0; 16]);
        client.frame.push(0);
        client.send()?;
        client.receive()?;
        Ok(client)
    }

    fn begin(&mut self, xid: i32, op: i32) {
        self.frame.clear();
        self.frame.extend([0; 4]);
        self.frame.extend(xid.to_be_bytes());
        self.frame.extend(op.to_be_bytes());
    }

    fn buffer(&mut self, bytes: &[u8]) {
        self.frame.extend((bytes.len() as i32).to_be_bytes());
        self.frame.extend(bytes);
    }

    fn create(&mut self, path: &str, value: &[u8]) {
        self.begin(1, CREATE);
        self.buffer(path.as_bytes());
        self.buffer(value);
        self.frame.extend(1i32.to_be_bytes());
        self.frame.extend(31i32.to_be_bytes());
        self.buffer(b"world");
        self.buffer(b"anyone");
        self.frame.extend(0i32.to_be_bytes());
    }

    fn get(&mut self, path: &str) {
        self.begin(1, GET_DATA);
        self.buffer(path.as_bytes());
        self.frame.push(0);
    }

    fn set(&mut self, path: &str, value: &[u8]) {
        self.begin(1, SET_DATA);
        self.buffer(path.as_bytes());
        self.buffer(value);
        self.frame.extend((-1i32).to_be_bytes());
    }

    fn send(&mut self) -> io::Result<()> {
        let length = (self.frame.len() as i32 - 4).to_be_bytes();
        self.frame[..4].copy_from_slice(&length);
        self.stream.write_all(&self.frame)
    }

    /// The next reply's error code (of the reply to a connect: whatever stands there).
    fn receive(&mut self) -> io::Result<i32> {
        let mut head = [0; 4];
        if self.reply.len() < 4096 {
            self.reply.resize(4096, 0);
        }
        // Usually the whole reply is there at once.
        let mut filled = 0;
        loop {
            let count = self.stream.read(&mut self.reply[filled..])?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += count;
            if filled < 4 {
                continue;
            }
            head.copy_from_slice(&self.reply[..4]);
            let length = i32::from_be_bytes(head) as usize + 4;
            if filled >= length {
                assert_eq!(filled, length, "one reply at a time");
                let mut code = [0; 4];
                code.copy_from_slice(&self.reply[16..20]);
                return Ok(i32::from_be_bytes(code));
            }
            if self.reply.len() < length {
                self.reply.resize(length, 0);
            }
        }
    }

    fn call(&mut self) -> io::Result<i32> {
        self.send()?;
        self.receive()
    }

    fn make(&mut self, path: &str) {
        self.create(path, b"");
        let code = self.call().expect("create");
        assert!(code == 0 || code == NODE_EXISTS, "create {path}: {code}");
    }
}

/// Runs `step(client, number of client, count)` in every client until the time is over; `warm_up` seconds do not count.
fn drive(port: u16, clients: u64, seconds: f64, step: fn(&mut Client, u64, u64)) {
    let (warm, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let barrier = Arc::new(Barrier::new(clients as usize + 1));
    let threads: Vec<_> = (0..clients)
        .map(|number| {
            let (warm, over, barrier) = (warm.clone(), over.clone(), barrier.clone());
            std::thread::Builder::new().stack_size(128 * 1024).spawn(move || {
                let mut client = Client::connect(port, 30_000).expect("connect");
                barrier.wait();
                let mut latencies: Vec<u32> = Vec::with_capacity(100_000);
                for count in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let start = Instant::now();
                    step(&mut client, number, count);
                    if warm.load(Ordering::Relaxed) {
                        latencies.push(start.elapsed().as_micros() as u32);
                    }
                }
                latencies
            })
        })
        .collect();
    barrier.wait();
    std::thread::sleep(Duration::from_secs_f64(seconds / 4.0));
    println!("counting");
    warm.store(true, Ordering::Relaxed);
    let start = Instant::now();
    std::thread::sleep(Duration::from_secs_f64(seconds));
    over.store(true, Ordering::Relaxed);
    let took = start.elapsed().as_secs_f64();
    let mut all: Vec<u32> = threads.into_iter().flat_map(|thread| thread.unwrap().join().unwrap()).collect();
    all.sort_unstable();
    let at = |part: f64| f64::from(all[((all.len() - 1) as f64 * part) as usize]) / 1000.0;
    println!("ops_per_s {:.0}\np50_ms {:.3}\np99_ms {:.3}\nmax_ms {:.3}", all.len() as f64 / took, at(0.5), at(0.99), at(1.0));
}

fn create_step(client: &mut Client, number: u64, count: u64) {
    if count == 0 {
        client.make("/create");
        client.make(&format!("/create/{}-{number}", std::process::id()));
    }
    client.create(&format!("/create/{}-{number}/n{count:09}", std::process::id()), &VALUE);
    assert_eq!(client.call().expect("create"), 0);
}

fn mixed_step(client: &mut Client, number: u64, count: u64) {
    // A multiplicative hash spreads the keys; the same for every run.
    let mixed = (number * 1_000_003 + count).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let path = format!("/mixed/k{}", mixed % KEYS);
    if (number + count) % 10 == 0 { client.set(&path, &VALUE) } else { client.get(&path) }
    assert_eq!(client.call().expect("mixed"), 0);
}

fn mixed(port: u16, clients: u64, seconds: f64) {
    let mut first = Client::connect(port, 30_000).expect("connect");
    first.make("/mixed");
    for key in 0..KEYS {
        first.create(&format!("/mixed/k{key}"), &VALUE);
        let _exists = first.call().expect("create");
    }
    drive(port, clients, seconds, mixed_step);
}

fn fill(port: u16, count: u64) {
    let start = Instant::now();
    let mut first = Client::connect(port, 30_000).expect("connect");
    first.make("/fill");
    let parents = count.div_ceil(1000);
    (0..parents).for_each(|parent| first.make(&format!("/fill/group-{parent:05}")));
    let threads: Vec<_> = (0..FILLERS).map(|filler| std::thread::spawn(move || fill_part(port, filler, count))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("fill_s {:.1}", start.elapsed().as_secs_f64());
}

fn fill_part(port: u16, filler: u64, count: u64) {
    let mut client = Client::connect(port, 30_000).expect("connect");
    let mut reader = io::BufReader::new(client.stream.try_clone().unwrap());
    let mut in_flight = 0;
    let mut take = |in_flight: &mut u64| {
        let mut head = [0; 20];
        reader.read_exact(&mut head).expect("reply");
        let length = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize - 16;
        assert_eq!(head[16..20], [0; 4], "create");
        io::copy(&mut (&mut reader).take(length as u64), &mut io::sink()).expect("reply");
        *in_flight -= 1;
    };
    for node in (filler..count).step_by(FILLERS as usize) {
        client.create(&format!("/fill/group-{:05}/node-{node:09}", node / 1000), &VALUE);
        client.send().expect("send");
        in_flight += 1;
        while in_flight >= WINDOW {
            take(&mut in_flight);
        }
    }
    while in_flight > 0 {
        take(&mut in_flight);
    }
}

fn idle(port: u16, count: u64) {
    let mut clients: Vec<Client> = (0..count).map(|_| Client::connect(port, 60_000).expect("connect")).collect();
    println!("ready");
    std::thread::spawn(|| {
        let _end = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    loop {
        std::thread::sleep(Duration::from_secs(10));
        for client in &mut clients {
            client.begin(-2, PING);
            client.call().expect("ping");
        }
    }
}

/// A server may accept connections before it serves, and forget them.
fn first(port: u16) {
    loop {
        let answered = Client::connect_within(port, 30_000, Duration::from_millis(100)).and_then(|mut client| {
            client.get("/");
            client.call()
        });
        match answered {
            Ok(0) => return println!("answered"),
            _ => std::thread::sleep(Duration::from_micros(300)),
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize| args[at].parse::<f64>().expect("a number");
    let port = number(1) as u16;
    match args[2].as_str() {
        "create" => drive(port, number(3) as u64, number(4), create_step),
        "mixed" => mixed(port, number(3) as u64, number(4)),
        "fill" => fill(port, number(3) as u64),
        "idle" => idle(port, number(3) as u64),
        "first" => first(port),
        other => panic!("what is {other}?"),
    }
}
