//! Which cluster is read or written, and what its clients are told.

use crate::{access::properties, prepare};
use anyhow::{Context, bail};
use clap::Args;
use rkafka_client::Properties;

/// A cluster that was named.
#[derive(Clone, Debug)]
pub struct Place {
    /// Of its clients, the servers among them.
    pub properties: Properties,
}

impl Place {
    /// The only cluster of a tool: `--bootstrap-server` and `--command-config`.
    ///
    /// Errors: nobody said which; the file cannot be read.
    pub fn only(servers: Option<&str>, file: Option<&str>) -> anyhow::Result<Place> {
        let servers = servers.context("which cluster? Say --bootstrap-server HOST:PORT")?;
        Ok(Place::at(servers, properties::load(file)?))
    }

    /// One of two clusters, of which `word` tells which: `--from-server` or `--from-context`, and `--from-config`.
    ///
    /// Errors: nobody said which; a file or a context cannot be read.
    fn one_of_two(
        word: &str,
        servers: Option<&str>,
        context: Option<&str>,
        file: Option<&str>,
    ) -> anyhow::Result<Place> {
        let (of_context, told) = match context {
            Some(context) => prepare::cluster_of(context)?,
            None => (None, Properties::new()),
        };
        let Some(servers) = servers.or(of_context.as_deref()) else {
            bail!(
                "{}",
                match context {
                    Some(context) => format!("the context '{context}' names no servers: say --{word}-server HOST:PORT"),
                    None => format!("which cluster? Say --{word}-server HOST:PORT or --{word}-context NAME"),
                }
            );
        };
        Ok(Place::at(servers, properties::below(told, &properties::load_alone(file)?)))
    }

    fn at(servers: &str, mut properties: Properties) -> Place {
        properties.insert("bootstrap.servers".to_owned(), servers.to_owned());
        Place { properties }
    }
}

/// How the two clusters of a tool are named.
#[derive(Debug, Args)]
pub struct TwoClusters {
    #[arg(long, value_name = "HOST:PORT,...", help = "Brokers of the cluster to copy from")]
    pub from_server: Option<String>,
    #[arg(long, value_name = "HOST:PORT,...", help = "Brokers of the cluster to copy to")]
    pub to_server: Option<String>,
    #[arg(long, value_name = "NAME", help = "The context of the cluster to copy from (see 'rkafka context')")]
    pub from_context: Option<String>,
    #[arg(long, value_name = "NAME", help = "The context of the cluster to copy to")]
    pub to_context: Option<String>,
    #[arg(long, value_name = "FILE", help = "Properties of the client that reads")]
    pub from_config: Option<String>,
    #[arg(long, value_name = "FILE", help = "Properties of the client that writes")]
    pub to_config: Option<String>,
}

impl TwoClusters {
    /// The cluster to copy from, and the one to copy to.
    ///
    /// Errors: nobody said which; a file or a context cannot be read.
    pub fn places(&self) -> anyhow::Result<(Place, Place)> {
        let (from, to) = (self.from_server.as_deref(), self.to_server.as_deref());
        let from = Place::one_of_two("from", from, self.from_context.as_deref(), self.from_config.as_deref())?;
        let to = Place::one_of_two("to", to, self.to_context.as_deref(), self.to_config.as_deref())?;
        Ok((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_to_be_named() {
        let place = Place::one_of_two("from", Some("h:1"), None, None).unwrap();
        assert_eq!(place.properties["bootstrap.servers"], "h:1");
        let error = Place::one_of_two("to", None, None, None).unwrap_err().to_string();
        assert_eq!(error, "which cluster? Say --to-server HOST:PORT or --to-context NAME");
        assert!(Place::only(None, None).unwrap_err().to_string().contains("--bootstrap-server"));
    }
}
