//! What new connections begin TLS with; made anew when the files of the keys have changed, if `client.certReload` asks for
//! it. The files are looked at when a client comes, so that nobody has to wake up for it.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;
use rustls::ServerConfig;

use rkafka_config::TlsOptions;
use rkafka_runtime::{
    descriptors,
    lock::{Mutex, Rank},
};
use rkafka_security::tls::server_context;

const TARGET: &str = "org.apache.zookeeper.common.X509Util";

/// The context in force.
#[derive(Debug)]
pub struct TlsContext {
    options: TlsOptions,
    reload: bool,
    /// Held while changed files are read, so that one connection reads them and the others wait for it.
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    written: Vec<Option<SystemTime>>,
}

impl TlsContext {
    /// Reads the files. Errors name the setting and the file.
    pub fn load(options: &TlsOptions, reload: bool) -> Result<TlsContext> {
        let current = Current { written: written(options), config: server_context(options)? };
        Ok(TlsContext { options: options.clone(), reload, current: Mutex::new(Rank::ZooKeeperTlsContext, current) })
    }

    /// The context for a connection that begins now. Files that cannot be used leave the old one in force.
    pub fn get(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock();
        if self.reload {
            let written = written(&self.options);
            if written != current.written {
                match server_context(&self.options) {
                    // The next connection finds the files changed still.
                    Err(error) if is_for_want_of_descriptors(&error) => return current.config.clone(),
                    Ok(config) => {
                        log::info!(target: TARGET, "The key store or trust store has changed: new connections go by it");
                        current.config = config;
                    }
                    Err(error) => {
                        log::error!(target: TARGET, "The key store or trust store has changed and cannot be used: {error:#}");
                    }
                }
                current.written = written;
            }
        }
        current.config.clone()
    }
}

fn is_for_want_of_descriptors(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(descriptors::is_exhausted))
}

/// When the stores were last written.
fn written(options: &TlsOptions) -> Vec<Option<SystemTime>> {
    let stores = [&options.key_store, &options.trust_store].into_iter().flatten();
    stores.map(|store| std::fs::metadata(&store.path).and_then(|file| file.modified()).ok()).collect()
}
