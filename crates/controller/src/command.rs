//! What the controller's loop is told by the rest of the broker, and what it shows of itself.

use super::asked::{Reply, Request};
use tokio::sync::{mpsc, oneshot};

/// Whether this broker controls the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControllerStatus {
    /// The epoch of the current term, if there is one.
    pub active_epoch: Option<i32>,
}

/// What the loop is told by the rest of the broker.
pub(super) enum Command {
    Stand,
    Ask(Request, oneshot::Sender<Reply>),
    Reconsider {
        unclean_by_default: bool,
    },
    /// To be dropped when every broker has answered what it has been sent so far.
    Mark(mpsc::Sender<()>),
    Resign(oneshot::Sender<()>),
}
