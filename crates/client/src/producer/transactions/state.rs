//! Pure: where a transactional producer stands, and what it asks next (Kafka's `TransactionManager`).

use super::verdict::{Call, Verdict, verdict};
use crate::{ClientError, producer::batch::ProducerIdentity};
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use std::collections::BTreeMap;

/// How the partitions of a transaction come to be known to its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The producer names them (KIP-98).
    Explicit,
    /// Their leaders do, and each end of a transaction gives a new epoch (`transaction.version` 2, KIP-890).
    Implicit,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Commit,
    Abort,
}

/// What the coordinator has said of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    pub identity: ProducerIdentity,
    pub protocol: Protocol,
    /// Whether an epoch can be raised without fencing oneself (KIP-360, brokers since 2.5).
    pub can_bump: bool,
}

/// What is to be asked for a transaction to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before the answer to what is under way.
    Wait,
    EndTxn(ProducerIdentity, End),
    /// InitProducerId with the identity that was.
    Bump(ProducerIdentity),
    /// It has ended.
    Done,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Uninitialized,
    Initializing,
    Ready,
    InTransaction,
    Ending(End),
    /// It can only be aborted.
    Abortable(ClientError),
    Fatal(ClientError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    Wanted,
    Asked,
    Added,
}

/// Whether the coordinator has an open transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    No,
    /// What would have opened it was not answered.
    Perhaps,
    Yes,
}

/// See the module.
#[derive(Debug)]
pub struct TransactionManager {
    id: String,
    phase: Phase,
    granted: Option<Granted>,
    /// Of the open transaction; at most the cluster's.
    partitions: BTreeMap<TopicPartition, Membership>,
    opened: Opened,
    /// Numbers were given out under this epoch that never come.
    must_bump: bool,
}

impl TransactionManager {
    pub fn new(id: &str) -> TransactionManager {
        TransactionManager {
            id: id.to_owned(),
            phase: Phase::Uninitialized,
            granted: None,
            partitions: BTreeMap::new(),
            opened: Opened::No,
            must_bump: false,
        }
    }

    /// Begins to ask for an id, or goes on with that.
    pub fn begin_init(&mut self) -> Result<(), ClientError> {
        match &self.phase {
            Phase::Uninitialized | Phase::Initializing => self.phase = Phase::Initializing,
            Phase::Fatal(why) => return Err(why.clone()),
            _ => return Err(state("init_transactions was called before: it is called once, at the beginning")),
        }
        Ok(())
    }

    pub fn initialized(&mut self, granted: Granted) {
        self.granted = Some(granted);
        if self.phase == Phase::Initializing {
            self.phase = Phase::Ready;
        }
    }

    /// Opens a transaction; the coordinator hears of it with the first partition.
    pub fn begin(&mut self) -> Result<(), ClientError> {
        match &self.phase {
            Phase::Ready => self.phase = Phase::InTransaction,
            Phase::InTransaction => return Err(state("a transaction is open already: commit or abort it first")),
            _ => return Err(self.refusal("begin a transaction")),
        }
        Ok(())
    }

    /// Whether records can be taken in.
    pub fn check_send(&self) -> Result<(), ClientError> {
        if self.phase == Phase::InTransaction { Ok(()) } else { Err(self.refusal("send")) }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::InTransaction | Phase::Ending(_) | Phase::Abortable(_))
    }

    /// Who sends batches now; `None` while none may go.
    pub fn sends_as(&self) -> Option<ProducerIdentity> {
        let sends = matches!(self.phase, Phase::InTransaction | Phase::Ending(End::Commit));
        self.granted.filter(|_| sends).map(|granted| granted.identity)
    }

    pub fn protocol(&self) -> Protocol {
        self.granted.map_or(Protocol::Explicit, |granted| granted.protocol)
    }

    /// Whether a batch for `partition` may go now. If not, the partition is wanted from now on.
    pub fn admits(&mut self, partition: &TopicPartition) -> bool {
        if self.protocol() == Protocol::Implicit {
            self.opened = Opened::Yes;
            return true;
        }
        match self.partitions.get(partition) {
            Some(Membership::Added) => true,
            Some(_) => false,
            None => {
                self.partitions.insert(partition.clone(), Membership::Wanted);
                false
            }
        }
    }

    fn is_asking(&self) -> bool {
        self.partitions.values().any(|membership| *membership == Membership::Asked)
    }

    /// The partitions to be named to the coordinator now, and as whose.
    pub fn partitions_to_add(&mut self) -> Option<(ProducerIdentity, Vec<TopicPartition>)> {
        let identity = self.sends_as().filter(|_| !self.is_asking())?;
        let wanted = self.partitions.iter_mut().filter(|(_, membership)| **membership == Membership::Wanted);
        let asked: Vec<TopicPartition> = wanted
            .map(|(partition, membership)| {
                *membership = Membership::Asked;
                partition.clone()
            })
            .collect();
        (!asked.is_empty()).then_some((identity, asked))
    }

    /// What became of the partitions that were named last.
    pub fn partitions_added(&mut self, result: Result<(), ClientError>) {
        let (membership, opened) = match &result {
            Ok(()) => (Membership::Added, Opened::Yes),
            Err(_) => (Membership::Wanted, Opened::Perhaps),
        };
        self.partitions.values_mut().filter(|m| **m == Membership::Asked).for_each(|m| *m = membership);
        if self.opened == Opened::No || result.is_ok() {
            self.opened = opened;
        }
        if let Err(why) = result {
            self.failed(Call::AddPartitions, &why);
        }
    }

    /// Whose group's offsets may be added to the transaction now.
    pub fn begin_offsets(&mut self) -> Result<ProducerIdentity, ClientError> {
        let Some(granted) = self.granted.filter(|_| self.phase == Phase::InTransaction) else {
            return Err(self.refusal("send offsets to a transaction"));
        };
        if self.opened == Opened::No {
            self.opened = Opened::Perhaps;
        }
        Ok(granted.identity)
    }

    pub fn offsets_added(&mut self) {
        self.opened = Opened::Yes;
    }

    /// A batch was not written. `numbered`: it had been sent.
    pub fn batch_failed(&mut self, numbered: bool, why: &ClientError) {
        self.must_bump |= numbered;
        // Of what is being aborted no batch matters any more; EndTxn tells who was fenced.
        if self.phase != Phase::Ending(End::Abort) {
            self.failed(Call::Produce, why);
        }
    }

    /// Takes note of an error that was not worth a retry.
    pub fn failed(&mut self, call: Call, why: &ClientError) {
        let verdict = verdict(call, why);
        if let Phase::Fatal(_) = self.phase {
            return;
        }
        let cannot_bump = self.must_bump && self.granted.is_some_and(|granted| !granted.can_bump);
        match verdict {
            Verdict::Retry => {}
            Verdict::Fenced => self.phase = Phase::Fatal(self.fenced(why)),
            Verdict::Fatal => self.phase = Phase::Fatal(why.clone()),
            Verdict::Abort if cannot_bump => self.phase = Phase::Fatal(why.clone()),
            Verdict::Abort => {
                // The coordinator does not know this producer as it is: it has to ask anew.
                let codes = [ErrorCode::UNKNOWN_PRODUCER_ID, ErrorCode::INVALID_PRODUCER_ID_MAPPING];
                self.must_bump |= why.code().is_some_and(|code| codes.contains(&code));
                match self.phase {
                    Phase::InTransaction | Phase::Ending(End::Commit) => self.phase = Phase::Abortable(why.clone()),
                    // It cannot be aborted either.
                    Phase::Ending(End::Abort) if call == Call::EndTxn => self.opened = Opened::No,
                    _ => {}
                }
            }
        }
    }

    fn fenced(&self, why: &ClientError) -> ClientError {
        let message = format!(
            "the producer of transactional.id {} was fenced: another one of the same id has begun, or its transaction was \
             open for longer than transaction.timeout.ms ({why})",
            self.id
        );
        ClientError::Broker { code: ErrorCode::PRODUCER_FENCED, message }
    }

    /// Why what waits will never be sent.
    pub fn discards(&self) -> Option<ClientError> {
        match &self.phase {
            Phase::Abortable(why) | Phase::Fatal(why) => Some(why.clone()),
            Phase::Ending(End::Abort) => Some(state("the transaction was aborted before the record was sent")),
            _ => None,
        }
    }

    /// Begins to end the transaction, or goes on with that.
    pub fn begin_end(&mut self, end: End) -> Result<(), ClientError> {
        match &self.phase {
            Phase::Fatal(why) => return Err(why.clone()),
            Phase::Ending(now) if *now == end => {}
            Phase::InTransaction => self.phase = Phase::Ending(end),
            Phase::Abortable(_) if end == End::Abort => self.phase = Phase::Ending(end),
            Phase::Abortable(why) => return Err(why.clone()),
            _ => return Err(self.refusal(if end == End::Commit { "commit" } else { "abort" })),
        }
        Ok(())
    }

    /// What to ask, when all batches are done with.
    ///
    /// Errors: the transaction cannot end so.
    pub fn next_step(&mut self) -> Result<Step, ClientError> {
        let (end, granted) = match (&self.phase, self.granted) {
            (Phase::Ending(end), Some(granted)) => (*end, granted),
            (Phase::Abortable(why) | Phase::Fatal(why), _) => return Err(why.clone()),
            _ => return Err(self.refusal("end a transaction")),
        };
        if self.is_asking() {
            return Ok(Step::Wait);
        }
        if self.opened != Opened::No {
            return Ok(Step::EndTxn(granted.identity, end));
        }
        if self.must_bump {
            return Ok(Step::Bump(granted.identity));
        }
        self.partitions.clear();
        self.phase = Phase::Ready;
        Ok(Step::Done)
    }

    /// The coordinator has taken note of the end; it may have given a new epoch.
    pub fn ended(&mut self, next: Option<ProducerIdentity>) {
        self.opened = Opened::No;
        if let Some((next, granted)) = next.zip(self.granted.as_mut()) {
            self.must_bump &= granted.identity == next;
            granted.identity = next;
        }
    }

    /// Takes note of what became of EndTxn if it failed. Whether there was nothing to be ended.
    pub fn end_failed(&mut self, why: &ClientError) -> bool {
        let is_abort = self.phase == Phase::Ending(End::Abort) && self.opened == Opened::Perhaps;
        let nothing = is_abort && why.code() == Some(ErrorCode::INVALID_TXN_STATE);
        match nothing {
            true => self.opened = Opened::No,
            false => self.failed(Call::EndTxn, why),
        }
        nothing
    }

    pub fn bumped(&mut self, granted: Granted) {
        (self.granted, self.must_bump) = (Some(granted), false);
    }

    /// Why a call is not possible in this phase.
    fn refusal(&self, what: &str) -> ClientError {
        match &self.phase {
            Phase::Fatal(why) | Phase::Abortable(why) => why.clone(),
            Phase::Uninitialized | Phase::Initializing => state(&format!(
                "cannot {what} before init_transactions has succeeded: a producer with a transactional.id writes in transactions \
                 only"
            )),
            Phase::Ready => state(&format!("cannot {what} outside of a transaction: begin one first")),
            Phase::InTransaction => state(&format!("cannot {what} while a transaction is open")),
            Phase::Ending(End::Commit) => state(&format!("cannot {what} while a transaction is being committed")),
            Phase::Ending(End::Abort) => state(&format!("cannot {what} while a transaction is being aborted")),
        }
    }
}

fn state(text: &str) -> ClientError {
    ClientError::State(text.to_owned())
}
