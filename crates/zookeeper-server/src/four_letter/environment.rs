//! `envi`: where the server runs. What only a Java process has, or what the system does not tell, is `<NA>`, as Java says of
//! its missing compiler.

use std::{env, fs};

use super::{Question, VERSION, key_value_lines};

const NOT_AVAILABLE: &str = "<NA>";

pub fn answer(_question: &Question<'_>) -> String {
    format!("Environment:\n{}", key_value_lines(&entries()))
}

/// The entries with Apache's keys, in its order.
pub fn entries() -> Vec<(&'static str, String)> {
    let system = rustix::system::uname();
    let memory = rkafka_platform::memory();
    let megabytes = |bytes: Option<u64>| match bytes {
        Some(bytes) => format!("{}MB", bytes / (1024 * 1024)),
        None => NOT_AVAILABLE.to_owned(),
    };
    let (total, free) = (memory.map(|memory| memory.total), memory.map(|memory| memory.free));
    let machine = system.machine().to_string_lossy().into_owned();
    let (user, home) = user();
    vec![
        ("zookeeper.version", VERSION.to_owned()),
        ("host.name", system.nodename().to_string_lossy().into_owned()),
        ("java.version", NOT_AVAILABLE.to_owned()),
        ("java.vendor", NOT_AVAILABLE.to_owned()),
        ("java.home", NOT_AVAILABLE.to_owned()),
        ("java.class.path", NOT_AVAILABLE.to_owned()),
        ("java.library.path", NOT_AVAILABLE.to_owned()),
        ("java.io.tmpdir", env::temp_dir().display().to_string()),
        ("java.compiler", NOT_AVAILABLE.to_owned()),
        ("os.name", system.sysname().to_string_lossy().into_owned()),
        ("os.arch", if machine == "x86_64" { "amd64".to_owned() } else { machine }),
        ("os.version", system.release().to_string_lossy().into_owned()),
        ("user.name", user),
        ("user.home", home),
        ("user.dir", env::current_dir().map(|path| path.display().to_string()).unwrap_or_default()),
        ("os.memory.free", megabytes(free)),
        ("os.memory.max", megabytes(total)),
        ("os.memory.total", megabytes(total)),
    ]
}

/// The name and the home of whoever runs this, from the system's list of users.
fn user() -> (String, String) {
    let id = rustix::process::getuid().as_raw().to_string();
    let list = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut users = list.lines().map(|line| line.split(':').collect::<Vec<_>>());
    match users.find(|fields| fields.get(2) == Some(&id.as_str())).as_deref() {
        Some([name, _, _, _, _, home, ..]) => ((*name).to_owned(), (*home).to_owned()),
        _ => ("?".to_owned(), env::var("HOME").unwrap_or_else(|_| "?".to_owned())),
    }
}
