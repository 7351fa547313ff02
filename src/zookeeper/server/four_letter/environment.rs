//! `envi`: where the server runs.

use std::env;

use super::{Question, VERSION};

pub fn answer(_question: &Question<'_>) -> String {
    let system = rustix::system::uname();
    let here = env::current_dir().map(|path| path.display().to_string()).unwrap_or_default();
    format!(
        "Environment:\nzookeeper.version={VERSION}\nhost.name={}\nos.name={}\nos.arch={}\nos.version={}\n\
         user.name={}\nuser.home={}\nuser.dir={here}\n",
        system.nodename().to_string_lossy(),
        system.sysname().to_string_lossy(),
        system.machine().to_string_lossy(),
        system.release().to_string_lossy(),
        env::var("USER").unwrap_or_default(),
        env::var("HOME").unwrap_or_default(),
    )
}
