//! The operations about the session and the ensemble rather than about one node.

use super::ZkClient;
use super::operations::{Result, Watch, watched};
use bytes::Bytes;
use rkafka_jute::{
    ClientInfo, GetAllChildrenNumberRequest, GetAllChildrenNumberResponse, GetDataRequest, GetDataResponse,
    GetEphemeralsRequest, GetEphemeralsResponse, OpCode, Output, Record, Stat, WhoAmIResponse,
};

/// Where an ensemble keeps its configuration. A chroot does not move it.
pub const CONFIG_NODE: &str = "/zookeeper/config";

impl ZkClient {
    /// How many nodes lie below a node.
    pub async fn get_all_children_number(&self, path: &str) -> Result<i32> {
        let request = GetAllChildrenNumberRequest { path: self.full(path) };
        let response: GetAllChildrenNumberResponse =
            self.request(OpCode::GET_ALL_CHILDREN_NUMBER, request, path).await?;
        Ok(response.total_number)
    }

    /// The ephemeral nodes of this session whose path begins with `prefix`. As in ZooKeeper's own client, neither the
    /// prefix nor the paths know of a chroot.
    pub async fn get_ephemerals(&self, prefix: &str) -> Result<Vec<String>> {
        let request = GetEphemeralsRequest { prefix_path: prefix.to_owned() };
        let response: GetEphemeralsResponse = self.request(OpCode::GET_EPHEMERALS, request, "").await?;
        Ok(response.ephemerals)
    }

    /// Who the server takes the client for.
    pub async fn who_am_i(&self) -> Result<Vec<ClientInfo>> {
        let body = self.call(OpCode::WHO_AM_I, Vec::new(), None, "").await?;
        Ok(WhoAmIResponse::from_bytes(&body)?.client_info)
    }

    /// The ensemble's configuration, from [`CONFIG_NODE`].
    pub async fn get_config(&self, watch: Watch) -> Result<(Option<Bytes>, Stat)> {
        let request = GetDataRequest { path: CONFIG_NODE.to_owned(), watch: watch == Watch::Yes };
        let watched = watched(watch, CONFIG_NODE.to_owned());
        let body = self.call(OpCode::GET_DATA, request.to_bytes(), watched, CONFIG_NODE).await?;
        let response = GetDataResponse::from_bytes(&body)?;
        Ok((response.data, response.stat))
    }

    /// Changes the ensemble's members: `joining` and `leaving` ones, or all of them at once as `members`. `version` is
    /// the configuration that is to be changed, −1 any. Returns the new configuration.
    pub async fn reconfigure(
        &self,
        joining: Option<&str>,
        leaving: Option<&str>,
        members: Option<&str>,
        version: i64,
    ) -> Result<(Option<Bytes>, Stat)> {
        let mut request = Output::new();
        // An absent list is a null string, which is not the same to a server as an empty one.
        for list in [joining, leaving, members] {
            request.buffer(list.map(str::as_bytes));
        }
        request.i64(version);
        let body = self.call(OpCode::RECONFIG, request.into_vec(), None, "").await?;
        let response = GetDataResponse::from_bytes(&body)?;
        Ok((response.data, response.stat))
    }
}
