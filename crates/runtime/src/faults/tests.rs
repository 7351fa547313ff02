//! What rules do at the doors.

use super::*;
use crate::files;

fn install(text: &str) -> Installed {
    text.parse::<Faults>().unwrap().install()
}

fn errno(done: io::Result<()>) -> Option<i32> {
    done.err().and_then(|error| error.raw_os_error())
}

/// Whether the system tells what open files are called.
fn paths_are_told() -> bool {
    rkafka_platform::path_of(tempfile::tempfile().unwrap()).is_some()
}

#[test]
fn a_text_that_makes_no_sense_names_the_word_at_fault() {
    for (text, word) in [
        ("stal=3s", "'stal=3s'"),
        ("stall=3", "'stall=3'"),
        ("stall=3s stall=4s", "'stall=4s'"),
        ("stall=3s while=/x", "'while=/x'"),
        ("while=x", "'while=x'"),
        ("error=ENOSPACE", "'error=ENOSPACE'"),
        ("error=EIO op=write,fsync", "'op=fsync'"),
        ("error=EIO p=2", "'p=2'"),
        ("error=EIO times=x", "'times=x'"),
        ("error=EIO; op=read", "'op=read'"),
        ("short op=read", "'short op=read'"),
        ("seed=x; error=EIO", "'seed=x'"),
        ("error=EIO from=1s until=soon", "'until=soon'"),
    ] {
        let reason = text.parse::<Faults>().unwrap_err();
        assert!(reason.contains(word), "{text}: {reason}");
    }
    let text = "seed=7; stall=8s op=write,sync path=*/disk-a/* from=3s; error=ENOSPC op=write path=*.log p=0.01;";
    let faults: Faults = text.parse().unwrap();
    assert_eq!((faults.seed, faults.rules.len()), (7, 2));
    assert_eq!(faults.rules[0].stall, Some(Stall::For(Duration::from_secs(8))));
    assert_eq!(faults.rules[0].operations, [Operation::Write, Operation::Sync]);
    assert_eq!((faults.rules[1].error, faults.rules[1].probability), (Some(Errno::NOSPC), 0.01));
    assert_eq!("".parse::<Faults>(), Ok(Faults { seed: 0, rules: Vec::new() }));
}

#[test]
fn what_a_rule_is_about_fails_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let (a, b) = (temp.path().join("a"), temp.path().join("b"));
    let rules = install(&format!("error=EROFS op=create path={}", a.display()));
    assert_eq!(errno(files::create(&a).map(drop)), Some(Errno::ROFS.raw_os_error()));
    files::write(&b, b"x").unwrap();
    assert_eq!(rules.struck(), 1);
    drop(rules);
    files::write(&a, b"y").unwrap();
    let other = install(&format!("error=EIO op=rename,remove,list path={}*", a.display()));
    assert!(files::rename(&a, &b).is_err() && files::remove_file(&a).is_err() && files::metadata(&a).is_err());
    assert_eq!((files::read(&a).unwrap(), files::read(&b).unwrap()), (b"y".to_vec(), b"x".to_vec()));
    assert_eq!(other.struck(), 3);
}

#[test]
fn open_files_are_known_by_their_paths() {
    let temp = tempfile::tempdir().unwrap();
    let (from, to) = (temp.path().join("from"), temp.path().join("to"));
    let file = files::OpenOptions::new().read(true).write(true).create(true).open(&from).unwrap();
    if !paths_are_told() {
        return;
    }
    files::write_all_at(&file, b"0123456789", 0).unwrap();
    let rules = install(&format!("error=EIO op=read,write,sync,truncate path={}", to.display()));
    let mut bytes = [0; 10];
    files::read_exact_at(&file, &mut bytes, 0).unwrap();
    files::rename(&from, &to).unwrap();
    let all = || {
        let mut bytes = [0; 10];
        let written = [files::write_all_at(&file, b"x", 0), files::write_all(&file, b"x")];
        let synced = [files::sync_data(&file), files::sync_all(&file), files::set_len(&file, 0)];
        written.into_iter().chain(synced).chain([files::read_exact_at(&file, &mut bytes, 0)]).collect::<Vec<_>>()
    };
    assert!(all().into_iter().all(|done| errno(done) == Some(Errno::IO.raw_os_error())));
    // A file that is removed keeps its name for whoever has it open.
    files::remove_file(&to).unwrap();
    assert!(all().into_iter().all(|done| done.is_err()));
    assert_eq!(rules.struck(), 12);
    drop(rules);
    assert!(all()[..5].iter().all(Result::is_ok));
}

#[test]
fn after_so_many_and_so_often() {
    let temp = tempfile::tempdir().unwrap();
    let _rules = install(&format!("error=ENOSPC op=create path={}/* after=2 times=3", temp.path().display()));
    let done: Vec<bool> = (0..8).map(|n| files::create(temp.path().join(n.to_string())).is_ok()).collect();
    assert_eq!(done, [true, true, false, false, false, true, true, true]);
    let _later = install(&format!("error=EIO op=remove path={}/* from=1h", temp.path().display()));
    let _over = install(&format!("error=EIO op=remove path={}/* until=0s", temp.path().display()));
    files::remove_file(temp.path().join("7")).unwrap();
}

#[test]
fn one_seed_decides_alike() {
    let run = |seed: u64| {
        let temp = tempfile::tempdir().unwrap();
        let text = format!("seed={seed}; error=EIO op=create path={}/* p=0.25", temp.path().display());
        let _rules = install(&text);
        (0..400).map(|n| files::create(temp.path().join(n.to_string())).is_ok()).collect::<Vec<bool>>()
    };
    let once = run(7);
    assert_eq!(once, run(7));
    assert_ne!(once, run(8));
    let failed = once.iter().filter(|done| !**done).count();
    assert!((60..140).contains(&failed), "{failed} of 400");
}

#[test]
fn short_writes_go_on_or_end() {
    if !paths_are_told() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..1000u32).map(|n| n as u8).collect();
    let whole = temp.path().join("whole");
    let rules = install(&format!("short path={}", whole.display()));
    files::write(&whole, &bytes).unwrap();
    assert!(rules.struck() > 3, "{}", rules.struck());
    let file = files::OpenOptions::new().write(true).open(&whole).unwrap();
    let mut pieces: Vec<io::IoSlice<'_>> = bytes.chunks(7).map(io::IoSlice::new).collect();
    files::write_all_vectored_at(&file, &mut pieces, 1000).unwrap();
    files::write_all_at(&file, &bytes, 2000).unwrap();
    assert_eq!(std::fs::read(&whole).unwrap(), [&bytes[..], &bytes, &bytes].concat());
    let torn = temp.path().join("torn");
    let _rules = install(&format!("short error=ENOSPC op=write path={}", torn.display()));
    assert_eq!(errno(files::write(&torn, &bytes)), Some(Errno::NOSPC.raw_os_error()));
    let left = std::fs::read(&torn).unwrap();
    assert!(left.len() < 1000 && bytes.starts_with(&left), "{}", left.len());
}

#[test]
fn a_stall_ends_with_its_time_its_file_or_its_rules() {
    let temp = tempfile::tempdir().unwrap();
    let (file, frozen) = (temp.path().join("f"), temp.path().join("frozen"));
    let open = |rule: &str| install(&format!("{rule} op=create path={}", file.display()));
    let timed = |act: &dyn Fn()| {
        let began = Instant::now();
        act();
        began.elapsed()
    };
    let create = || drop(files::create(&file).unwrap());
    let rules = open("stall=30ms");
    assert!(timed(&create) >= Duration::from_millis(30));
    drop(rules);
    let rules = open(&format!("while={}", frozen.display()));
    create();
    assert_eq!(rules.struck(), 0);
    std::fs::write(&frozen, "").unwrap();
    thread::scope(|scope| {
        let created = scope.spawn(create);
        while rules.struck() == 0 {
            thread::sleep(LOOK);
        }
        thread::sleep(10 * LOOK);
        assert!(!created.is_finished());
        std::fs::remove_file(&frozen).unwrap();
    });
    drop(rules);
    let rules = open("stall=forever error=EIO");
    thread::scope(|scope| {
        let created = scope.spawn(|| files::create(&file).is_err());
        while rules.struck() == 0 {
            thread::sleep(LOOK);
        }
        assert!(!created.is_finished());
        drop(rules);
        assert!(created.join().unwrap(), "what was struck before fails after its stall");
    });
}
