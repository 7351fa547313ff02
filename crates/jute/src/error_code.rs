//! Pure: the error codes of reply headers (`org.apache.zookeeper.KeeperException.Code`).

use std::fmt;

/// An error code; 0 is success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ZkError(pub i32);

macro_rules! error_codes {
    ($($name:ident = $code:literal $label:literal;)*) => {
        impl ZkError {
            $(pub const $name: ZkError = ZkError($code);)*

            /// The name that ZooKeeper's `KeeperErrorCode = …` messages use.
            pub fn name(self) -> &'static str {
                match self.0 { $($code => $label,)* _ => "Unknown error" }
            }
        }
    };
}

error_codes! {
    OK = 0 "ok";
    SYSTEM_ERROR = -1 "SystemError";
    RUNTIME_INCONSISTENCY = -2 "RuntimeInconsistency";
    DATA_INCONSISTENCY = -3 "DataInconsistency";
    CONNECTION_LOSS = -4 "ConnectionLoss";
    MARSHALLING_ERROR = -5 "MarshallingError";
    UNIMPLEMENTED = -6 "Unimplemented";
    OPERATION_TIMEOUT = -7 "OperationTimeout";
    BAD_ARGUMENTS = -8 "BadArguments";
    NEW_CONFIG_NO_QUORUM = -13 "NewConfigNoQuorum";
    RECONFIG_IN_PROGRESS = -14 "ReconfigInProgress";
    API_ERROR = -100 "APIError";
    NO_NODE = -101 "NoNode";
    NO_AUTH = -102 "NoAuth";
    BAD_VERSION = -103 "BadVersion";
    NO_CHILDREN_FOR_EPHEMERALS = -108 "NoChildrenForEphemerals";
    NODE_EXISTS = -110 "NodeExists";
    NOT_EMPTY = -111 "Directory not empty";
    SESSION_EXPIRED = -112 "Session expired";
    INVALID_CALLBACK = -113 "Invalid callback";
    INVALID_ACL = -114 "InvalidACL";
    AUTH_FAILED = -115 "AuthFailed";
    SESSION_MOVED = -118 "Session moved";
    NOT_READ_ONLY = -119 "Not a read-only call";
    EPHEMERAL_ON_LOCAL_SESSION = -120 "Ephemeral node on local session";
    NO_WATCHER = -121 "No such watcher";
    REQUEST_TIMEOUT = -122 "RequestTimeout";
    RECONFIG_DISABLED = -123 "Reconfig is disabled";
    SESSION_CLOSED_REQUIRE_SASL_AUTH = -124 "Session closed because client failed to authenticate";
    QUOTA_EXCEEDED = -125 "Quota has exceeded";
    THROTTLED_OP = -127 "Op throttled due to high load";
}

impl ZkError {
    pub fn is_ok(self) -> bool {
        self == ZkError::OK
    }

    /// `Ok(())` for code 0, otherwise the code as an error.
    pub fn ok(self) -> Result<(), ZkError> {
        if self.is_ok() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for ZkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeeperErrorCode = {}", self.name())
    }
}

impl std::error::Error for ZkError {}

impl super::Record for ZkError {
    fn read(input: &mut super::Input<'_>) -> Result<Self, super::JuteError> {
        Ok(ZkError(input.i32()?))
    }
    fn write(&self, output: &mut super::Output) {
        output.i32(self.0);
    }
}
