//! Where saved topics come from: a file or standard input, read by a thread of its own. What comes slowly, through a pipe,
//! must not hold up what is on its way to the cluster.

use crate::tools::copying::saved::reader::{Next, Reader};
use anyhow::Context;
use std::{
    fs::File,
    io::{self, Read},
    thread,
};
use tokio::sync::mpsc;

/// How many entries may wait to be taken.
const AHEAD: usize = 16;

/// Opens what was named. Gives its length too, if it has one.
pub fn open(name: &str) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if name == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(name).with_context(|| format!("cannot read {name}"))?;
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    Ok((Box::new(file), length))
}

/// What comes next, and how many bytes had been read up to its end.
pub type Came = anyhow::Result<(Next, u64)>;

/// Reads ahead. What is given ends with the end of the file or with an error.
pub fn entries<R: Read + Send + 'static>(mut reader: Reader<R>) -> io::Result<mpsc::Receiver<Came>> {
    let (give, take) = mpsc::channel(AHEAD);
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        loop {
            let next = reader.next();
            let is_last = !matches!(next, Ok(Next::Entry(_)));
            let given = give.blocking_send(next.map(|next| (next, reader.whole())));
            // Nobody wants more: something else has failed.
            if is_last || given.is_err() {
                break;
            }
        }
    })?;
    Ok(take)
}
