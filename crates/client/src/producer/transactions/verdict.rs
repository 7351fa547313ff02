//! Pure: what an error means for a transaction (the handlers of Kafka's `TransactionManager`).

use crate::ClientError;
use rkafka_protocol::ErrorCode;

/// What was asked of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    InitProducerId,
    AddPartitions,
    /// AddOffsetsToTxn, which the transaction's coordinator answers.
    AddOffsets,
    /// TxnOffsetCommit, which the group's coordinator answers.
    CommitOffsets,
    EndTxn,
    /// A batch of records.
    Produce,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same again, a moment later.
    Retry,
    /// The transaction can only be aborted; the next one may succeed.
    Abort,
    /// A newer producer of the same id has begun, or the coordinator has given up on this one.
    Fenced,
    /// Nothing can be sent any more.
    Fatal,
}

/// What `why`, the answer to `call`, means.
pub fn verdict(call: Call, why: &ClientError) -> Verdict {
    let ClientError::Broker { code, .. } = why else {
        return match (call, why.is_retriable()) {
            // The batch's time is over.
            (Call::Produce, true) => Verdict::Abort,
            (_, true) => Verdict::Retry,
            // Where a broker has answered before, a proxy stands for one that restarts.
            (of, _) if of != Call::InitProducerId && matches!(why, ClientError::NotKafka { .. }) => Verdict::Retry,
            (..) => Verdict::Fatal,
        };
    };
    match *code {
        ErrorCode::PRODUCER_FENCED => Verdict::Fenced,
        // A leader may say so of a transaction that ran out of time; the coordinator knows better (KIP-588).
        ErrorCode::INVALID_PRODUCER_EPOCH if matches!(call, Call::Produce | Call::CommitOffsets) => Verdict::Abort,
        ErrorCode::INVALID_PRODUCER_EPOCH => Verdict::Fenced,
        ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
        | ErrorCode::UNSUPPORTED_VERSION => Verdict::Fatal,
        ErrorCode::TRANSACTION_ABORTABLE
        | ErrorCode::TOPIC_AUTHORIZATION_FAILED
        | ErrorCode::GROUP_AUTHORIZATION_FAILED
        | ErrorCode::OPERATION_NOT_ATTEMPTED => Verdict::Abort,
        // The coordinator has forgotten the id; an epoch of its own begins anew.
        ErrorCode::UNKNOWN_PRODUCER_ID | ErrorCode::INVALID_PRODUCER_ID_MAPPING if call != Call::InitProducerId => {
            Verdict::Abort
        }
        ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION | ErrorCode::FENCED_INSTANCE_ID
            if call == Call::CommitOffsets =>
        {
            Verdict::Abort
        }
        // The sender has tried again for as long as it may.
        _ if call == Call::Produce => Verdict::Abort,
        code if code.is_retriable() => Verdict::Retry,
        _ => Verdict::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_is_not_abortable_is_not_retriable() {
        let of = |call, code: ErrorCode| verdict(call, &ClientError::broker(code, None));
        assert_eq!(of(Call::EndTxn, ErrorCode::CONCURRENT_TRANSACTIONS), Verdict::Retry);
        assert_eq!(of(Call::InitProducerId, ErrorCode::NOT_COORDINATOR), Verdict::Retry);
        assert_eq!(of(Call::EndTxn, ErrorCode::INVALID_PRODUCER_EPOCH), Verdict::Fenced);
        assert_eq!(of(Call::Produce, ErrorCode::INVALID_PRODUCER_EPOCH), Verdict::Abort);
        assert_eq!(of(Call::Produce, ErrorCode::PRODUCER_FENCED), Verdict::Fenced);
        assert_eq!(of(Call::Produce, ErrorCode::MESSAGE_TOO_LARGE), Verdict::Abort);
        assert_eq!(of(Call::AddPartitions, ErrorCode::TOPIC_AUTHORIZATION_FAILED), Verdict::Abort);
        assert_eq!(of(Call::EndTxn, ErrorCode::INVALID_TXN_STATE), Verdict::Fatal);
        assert_eq!(of(Call::CommitOffsets, ErrorCode::ILLEGAL_GENERATION), Verdict::Abort);
        assert_eq!(of(Call::EndTxn, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED), Verdict::Fatal);
        let gone = ClientError::Disconnected { address: "h:1".into(), during: String::new() };
        assert_eq!((verdict(Call::EndTxn, &gone), verdict(Call::Produce, &gone)), (Verdict::Retry, Verdict::Abort));
        let old = ClientError::UnsupportedVersion("too old".into());
        assert_eq!(verdict(Call::InitProducerId, &old), Verdict::Fatal);
    }
}
