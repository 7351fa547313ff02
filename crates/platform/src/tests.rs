//! Both ways side by side, on Linux: what one does the other does as well.

use std::{
    env,
    fs::File,
    io::{self, IoSlice, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A socket and its other end.
fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Sends with `send` until everything from an offset on was taken; what arrives.
fn sent(total: usize, mut send: impl FnMut(&TcpStream, usize) -> io::Result<usize>) -> Vec<u8> {
    let (near, mut far) = sockets();
    let reading = thread::spawn(move || {
        let mut received = Vec::new();
        far.read_to_end(&mut received).unwrap();
        received
    });
    near.set_nonblocking(true).unwrap();
    let mut at = 0;
    while at < total {
        match send(&near, at) {
            Ok(taken) => at += taken,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
    drop(near);
    reading.join().unwrap()
}

macro_rules! both {
    ($($name:ident)*) => { $(
        mod $name {
            use super::*;
            use crate::{$name as system, RunningProcess};

            #[test]
            fn a_stretch_of_a_file_arrives_as_it_is() {
                let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n * 7) as u8).collect();
                let file = file_of(&bytes);
                let (from, len) = (5, 2_900_000);
                let received = sent(len, |socket, at| {
                    system::send_file(socket, &file, from + at as u64, (len - at).min(1 << 20))
                });
                assert!(received == bytes[from as usize..from as usize + len]);
                assert_eq!(system::send_file(&sockets().0, &file, bytes.len() as u64, 10).unwrap(), 0);
            }

            #[test]
            fn pieces_arrive_in_order_and_a_closed_socket_is_an_error() {
                let (first, second) = ([1u8; 100_000], [2u8; 300_000]);
                let received = sent(400_000, |socket, at| {
                    let mut pieces = [IoSlice::new(&first), IoSlice::new(&second)];
                    let mut rest = &mut pieces[..];
                    IoSlice::advance_slices(&mut rest, at);
                    system::send_pieces(socket, rest, at < 200_000)
                });
                assert!(received == [&first[..], &second[..]].concat());
                let (near, far) = sockets();
                drop(far);
                let gone = (0..100).find_map(|_| system::send_pieces(&near, &[IoSlice::new(&first)], false).err());
                assert!(gone.is_some());
            }

            #[test]
            fn what_is_written_can_be_synced() {
                let folder = tempfile::tempdir().unwrap();
                let root = File::open(folder.path()).unwrap();
                if let Some(sync) = system::SYNC_FILE_SYSTEM {
                    sync(&root).unwrap();
                }
            }

            #[test]
            fn descriptors_are_counted() {
                // Other tests open and close files meanwhile.
                let held: Vec<File> = (0..200).map(|_| tempfile::tempfile().unwrap()).collect();
                assert!(system::open_descriptors().unwrap() >= held.len());
                assert!(system::MOST_DESCRIPTORS >= 10_240);
            }

            #[test]
            fn figures_of_the_process() {
                let figures = system::process_figures().unwrap();
                let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
                assert!(now - 600.0 < figures.started_seconds && figures.started_seconds < now + 2.0, "{figures:?}");
                assert!(figures.cpu_seconds < 600.0, "{figures:?}");
                assert!(1e5 < figures.resident_bytes && figures.resident_bytes < figures.virtual_bytes, "{figures:?}");
            }

            #[test]
            fn signals_and_memory_are_told_or_not() {
                // Rust programs ignore SIGPIPE, number 13.
                assert!(system::ignored_signals().is_none_or(|ignored| ignored & 1 << 12 != 0));
                assert!(system::memory().is_none_or(|memory| 0 < memory.free && memory.free <= memory.total));
            }

            #[test]
            fn a_running_process_is_found() {
                let mut child = Command::new("sleep").arg("77").stdin(Stdio::null()).spawn().unwrap();
                let pid = child.id() as i32;
                let is_it = |process: &&RunningProcess| process.pid.as_raw_nonzero().get() == pid;
                // A child may be seen in the moment before it has its arguments.
                let start = Instant::now();
                let found = loop {
                    let found = system::processes("sleep").unwrap().into_iter().find(|process| is_it(&process));
                    if found.as_ref().is_some_and(|p| p.words.len() > 1) || start.elapsed() > Duration::from_secs(10) {
                        break found;
                    }
                };
                let of_another_program = system::processes("rkafka").unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                let process = found.unwrap();
                assert_eq!(process.words[..2], ["sleep", "77"]);
                assert!(process.dir.as_ref().is_none_or(|dir| *dir == env::current_dir().unwrap()));
                assert!(!of_another_program.iter().any(|process| is_it(&process)));
            }
        }
    )* };
}

#[cfg(target_os = "linux")]
both!(linux);
both!(portable);

#[test]
fn an_open_file_is_called_as_it_is_called_now() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().canonicalize().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.join(name));
    let file = File::create(&from).unwrap();
    assert_eq!(crate::linux::path_of(&file), Some(from.clone()));
    std::fs::rename(&from, &to).unwrap();
    assert_eq!(crate::linux::path_of(&file), Some(to.clone()));
    std::fs::remove_file(&to).unwrap();
    assert_eq!(crate::linux::path_of(&file), Some(to));
    assert_eq!(crate::portable::path_of(&file), None);
}
