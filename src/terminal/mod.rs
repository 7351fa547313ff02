//! The only code that prints. Data goes to stdout, talk to stderr.

pub mod closed_output;
pub mod live;
pub mod output;

use output::{Format, Layout, Shape};
use rkafka_runtime::logging::{self, harmless};
use serde_json::{Value, json};
use std::{
    fmt::Display,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    os::fd::AsFd,
};

/// How many bytes of data are gathered before they are written.
const BUFFER_BYTES: usize = 64 * 1024;

/// The screen, or what it is redirected to.
pub struct Terminal {
    /// Past the standard library's line buffer, which would look for newlines in every block.
    out: BufWriter<Box<dyn Write + Send>>,
    format: Format,
    has_failed: bool,
    is_brief: bool,
}

/// Standard output behind the line that passes, also when the buffer runs over.
struct Out(Box<dyn Write + Send>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        live::make_room();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Terminal {
    /// The process's own streams.
    pub fn new() -> Terminal {
        let unbuffered = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let out: Box<dyn Write + Send> = match unbuffered {
            Ok(file) => Box::new(file),
            Err(_) => Box::new(io::stdout()),
        };
        Terminal {
            out: BufWriter::with_capacity(BUFFER_BYTES, Box::new(Out(out))),
            format: Format::Text,
            has_failed: false,
            is_brief: false,
        }
    }

    /// How what is shown is to be laid out: `--output`.
    pub fn format(&self) -> Format {
        self.format
    }

    /// From now on, what is shown is laid out like that, and for a reader of JSON all talk is JSON lines.
    pub fn lay_out(&mut self, format: Format) {
        self.format = format;
        if format.is_json() {
            logging::lay_out_by(log_line);
        }
    }

    /// Shows rows for a program, in the format of `--output`. For [`Format::Text`] a tool has a layout of its own.
    pub fn show<const N: usize>(
        &mut self,
        shape: &Shape<N>,
        rows: impl IntoIterator<Item = [Value; N]>,
    ) -> io::Result<()> {
        let mut layout = self.begin(shape)?;
        for row in rows {
            self.print(layout.row(&row))?;
        }
        self.print(layout.foot())
    }

    /// Begins to show rows that come one by one: [`Terminal::print`] what the layout makes of each, and at last its foot.
    pub fn begin<'a, const N: usize>(&mut self, shape: &'a Shape<N>) -> io::Result<Layout<'a, N>> {
        let layout = Layout::new(shape, self.format);
        self.print(layout.head())?;
        Ok(layout)
    }

    /// Where data goes. Buffered: call [`Terminal::flush`] before waiting for something.
    pub fn data(&mut self) -> &mut (impl Write + use<>) {
        &mut self.out
    }

    /// Prints a line of data.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Prints data as it is.
    pub fn print(&mut self, text: impl Display) -> io::Result<()> {
        write!(self.out, "{text}")
    }

    /// Says something to the person at the screen. Data that waits goes first, so that a screen shows both in order.
    pub fn talk(&mut self, text: impl Display) {
        // Nobody is left to tell when a stream is closed.
        let _ = self.flush();
        let text = text.to_string();
        let _ = match self.format.is_json() {
            true => writeln!(io::stderr().lock(), "{}", json!({ "message": text })),
            false => writeln!(io::stderr().lock(), "{}", harmless(&text, false)),
        };
    }

    /// Says a sentence that Kafka's tools print among their data: on stdout in their layout, as talk beside the others.
    pub fn say(&mut self, text: impl Display) -> io::Result<()> {
        if self.format == Format::Text {
            return self.line(text);
        }
        self.talk(text.to_string().trim());
        Ok(())
    }

    /// From now on a failure is told once: Kafka's tools tell some on stdout, and log them besides.
    pub fn be_brief(&mut self) {
        self.is_brief = true;
    }

    /// Whether a failure that is told is not logged, too.
    pub fn is_brief(&self) -> bool {
        self.is_brief
    }

    /// Something has failed, whether the tool ends as Kafka's does then, with 0, or not.
    pub fn note_failure(&mut self) {
        self.has_failed = true;
    }

    /// Whether something has failed, as far as it was told or noted.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// As [`Terminal::say`], for why something has failed. A reader of JSON needs no `Error: ` before it.
    pub fn say_failure(&mut self, text: impl Display) -> io::Result<()> {
        self.note_failure();
        if self.format == Format::Text {
            return self.line(text);
        }
        let text = text.to_string();
        let reason = text.trim();
        self.tell_failure(reason.strip_prefix("Error: ").unwrap_or(reason), None);
        Ok(())
    }

    /// Says why a tool has failed: as [`Terminal::talk`], and for a reader of JSON as an object of its own. Without a
    /// `hint`, what stands below the first line of the reason is one.
    pub fn tell_failure(&mut self, reason: impl Display, hint: Option<&str>) {
        self.note_failure();
        if self.format.is_json() {
            let _ = self.flush();
            let _ = writeln!(io::stderr().lock(), "{}", failure(&reason.to_string(), hint));
            return;
        }
        self.talk(reason);
        if let Some(hint) = hint {
            self.talk(hint);
        }
    }

    /// Writes out what waits.
    pub fn flush(&mut self) -> io::Result<()> {
        live::make_room();
        self.out.flush()
    }

    /// Data is for nobody from now on: who read it has gone.
    pub fn mute(&mut self) {
        let silent: Box<dyn Write + Send> = Box::new(io::sink());
        // What waits is for nobody, too: taken apart, the old one does not try to write it.
        let _ = std::mem::replace(&mut self.out, BufWriter::new(silent)).into_parts();
    }

    /// Writes out what waits; if nobody reads it any more, that is no error, and so from then on.
    pub fn flush_or_mute(&mut self) -> io::Result<()> {
        match self.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.mute();
                Ok(())
            }
            flushed => flushed,
        }
    }

    /// Whether stdout is a plain file.
    pub fn out_is_file(&self) -> bool {
        let out = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        out.and_then(|out| out.metadata()).is_ok_and(|found| found.is_file())
    }

    /// Whether stdout is a screen.
    pub fn out_is_screen(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether stderr is a screen.
    pub fn err_is_screen(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether a person types on stdin.
    pub fn in_is_screen(&self) -> bool {
        io::stdin().is_terminal()
    }
}

/// A failure as JSON.
fn failure(reason: &str, hint: Option<&str>) -> Value {
    let (reason, below) = match reason.split_once('\n') {
        Some((reason, below)) if hint.is_none() => (reason, Some(below)),
        _ => (reason, None),
    };
    json!({ "error": reason, "hint": hint.or(below) })
}

/// A line of the log as JSON.
fn log_line(record: &log::Record<'_>) -> String {
    let (level, logger) = (record.level().as_str(), record.target());
    format!("{}\n", json!({ "level": level, "logger": logger, "message": record.args().to_string() }))
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal::new()
    }
}

/// Whether an error only means that the reader of stdout has gone (`| head -1`). Before it is written to,
/// [`closed_output`] tells.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io_errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors.into_iter().any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_as_json() {
        assert_eq!(failure("a\nb\nc", None), json!({ "error": "a", "hint": "b\nc" }));
        assert_eq!(failure("a\nb", Some("c")), json!({ "error": "a\nb", "hint": "c" }));
        assert_eq!(failure("a", None), json!({ "error": "a", "hint": null }));
    }

    #[test]
    fn lines_of_the_log_as_json() {
        let line =
            log_line(&log::Record::builder().level(log::Level::Warn).target("x").args(format_args!("a\nb")).build());
        assert_eq!(line, "{\"level\":\"WARN\",\"logger\":\"x\",\"message\":\"a\\nb\"}\n");
    }
}
