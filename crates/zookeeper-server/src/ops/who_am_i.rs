//! Pure: whoAmI (107): the identities of the caller.

use super::Read;
use crate::auth;
use rkafka_jute::{ClientInfo, Output, Record as _, WhoAmIResponse, ZkError};

pub fn serve(cx: &mut Read<'_>, output: &mut Output) -> Result<(), ZkError> {
    let info = |id| -> ClientInfo {
        let id: &rkafka_jute::Id = id;
        ClientInfo { auth_scheme: id.scheme.clone(), user: auth::user_name(id).to_owned() }
    };
    WhoAmIResponse { client_info: cx.ids.iter().map(info).collect() }.write(output);
    Ok(())
}
